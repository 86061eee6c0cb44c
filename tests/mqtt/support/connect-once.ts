// Connects to a TLS broker once and says what came of it. Started with the clock of another year.
import { readFileSync } from 'node:fs';
import { UnavailableError } from '@oneface/common/errors/errors';
import { connectTo } from './scene.js';

const [port, ca, certificateTime] = process.argv.slice(2);
const tls = {
  ca: readFileSync(ca),
  serverName: 'broker.test',
  rejectUnauthorized: true,
  time: { certificateTime: () => Number(certificateTime), quality: () => 'unsynchronised' as const },
  path: process.env.PATH,
};
const url = `mqtts://127.0.0.1:${port}`;
const connect = connectTo(Number(port), { url, tls, clientId: `child-${process.pid}` });
const day = new Date().toISOString().slice(0, 10);
try {
  const connection = await connect({ will: { topic: 'gone', payload: '' } }, new AbortController().signal);
  await connection.end();
  console.log(`clock=${day} connected`);
} catch (error) {
  if (!(error instanceof UnavailableError)) throw error;
  const causes: string[] = [];
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) causes.push(cause.message);
  console.log(`clock=${day} ${causes.join(': ')}`);
}
