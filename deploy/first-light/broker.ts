import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { Aedes } from 'aedes';

/** A broker on loopback, for as long as this program runs. */
export interface LocalBroker {
  /** Such as mqtt://127.0.0.1:40123 */
  readonly url: string;
  close(): Promise<void>;
}

/** Starts an MQTT 3.1.1 broker on a free port of the loopback address. */
export async function startBroker(): Promise<LocalBroker> {
  const aedes = await Aedes.createBroker();
  const server = createServer(aedes.handle);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `mqtt://127.0.0.1:${port}`,
    async close() {
      await new Promise<void>((resolve) => aedes.close(resolve));
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
