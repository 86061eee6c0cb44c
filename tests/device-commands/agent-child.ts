import { live } from './agent-life.js';

const [folder, value, change, halfway] = process.argv.slice(2);
process.stdout.write('started\n');
const kill = change === undefined ? undefined : { change: Number(change), halfway: halfway === 'halfway' };
await live(folder, Number(value), () => {}, kill);
