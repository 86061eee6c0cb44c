import { switchRelayOff } from '@oneface/edge/gpio/relay-off';

/* Switches the relay off. Its argument is the configuration of the lines as JSON. */
const [, , argument = ''] = process.argv;
process.stdout.write(await switchRelayOff(JSON.parse(argument), process.env));
