/** A documented command that the test does not run word for word. */
export interface Variant {
  readonly command: string;
  readonly because: string;
  /** What runs in its place, from the same folder; nothing if another test covers the command. */
  readonly instead?: string;
  /** The file that covers it, from the root of the project. */
  readonly coveredBy?: string;
  /** Output at which the test ends a command that would go on for ever. */
  readonly until?: RegExp;
}

const SET_UP = 'tests/setup/set-up.test.ts';
const EDGE_SET_UP = 'tests/setup/edge.test.ts';

/** Every documented command that is run smaller, elsewhere, or not at all. All others are run as they are. */
export const VARIANTS: readonly Variant[] = [
  {
    command: 'npm start',
    because: 'it takes minutes: here are its pipeline at the smallest size and its options',
    instead: 'npx oneface-trainer run runs/first-light.json && node deploy/first-light/dist/main.js --help',
  },
  {
    command: 'npm start -- --frames photos',
    because: 'it takes minutes: here is its command line',
    instead: 'node deploy/first-light/dist/main.js --frames photos --help',
  },
  { command: 'npm test', because: 'it is what runs this test', coveredBy: 'package.json' },
  { command: 'npm run build', because: 'npm test begins with it', coveredBy: 'package.json' },
  { command: 'npm run setup', because: 'npm test begins with it', coveredBy: SET_UP },
  { command: 'npm run setup:edge', because: 'it removes what the tests need', coveredBy: EDGE_SET_UP },
  {
    command: 'ONEFACE_TENSORFLOW=cuda npm run setup',
    because: 'it needs an NVIDIA card',
    coveredBy: SET_UP,
  },
  {
    command: 'npx oneface-trainer run models/full.json',
    because: 'it takes half an hour',
    coveredBy: 'tests/docs/json.test.ts',
  },
  {
    command:
      'npx oneface-trainer evaluate models/face-parts/float.onnx models/face-parts/int8.onnx --photos ../shared/data/celebamask-dev --labels celebamask-19 --out runs/face-parts',
    because: 'the photos may not stand in the project: the test that covers it runs where they lie beside it',
    coveredBy: 'tests/shared-data/shipped-model.test.ts',
  },
  {
    command: 'npx oneface-edge run --config /etc/oneface/config.json',
    because: "there is no /etc/oneface here: the camera is ffmpeg's test picture, the broker the test's",
    instead: 'npx oneface-edge run --config device/config.json',
  },
  {
    command: 'npx oneface-edge diagnose --config /etc/oneface/config.json',
    because: 'there is no /etc/oneface here',
    instead: 'npx oneface-edge diagnose --config device/config.json',
  },
  {
    command: 'sudo cp deploy/device/oneface-edge.service /etc/systemd/system/',
    because: 'a test stays in its own folder',
    instead: 'cp deploy/device/oneface-edge.service etc/oneface/',
  },
  {
    command: 'sudo systemctl enable --now oneface-edge',
    because: 'systemd does not run in a container',
    coveredBy: 'deploy/device/oneface-edge.service',
  },
  {
    command: 'systemctl status oneface-edge',
    because: 'systemd does not run in a container',
    coveredBy: 'deploy/device/oneface-edge.service',
  },
  {
    command: 'curl -s http://127.0.0.1:9464/metrics',
    because: 'no agent runs at that moment, and the port may be taken',
    coveredBy: 'tests/health/metrics-server.test.ts',
  },
  {
    command: `npx mqtt pub -h broker.example -q 1 -t oneface/door-1/commands -m '{"schemaVersion":1,"id":"lobby-health-1","command":"send-health"}'`,
    because: 'there is no broker.example',
    instead: `npx mqtt pub -h 127.0.0.1 -p $BROKER_PORT -q 1 -t oneface/door-1/commands -m '{"schemaVersion":1,"id":"lobby-health-1","command":"send-health"}'`,
  },
  {
    command:
      'taskset -c 0 npx oneface-edge bench --bundle models/face-parts/face.oneface --key models/face-parts/signing.public.pem',
    because: '10,000 frames take minutes',
    instead:
      'npx oneface-edge bench --bundle models/face-parts/face.oneface --key models/face-parts/signing.public.pem --count 20',
  },
  {
    command: 'ONEFACE_KILLS=1000 npx ava tests/outbox/kill.test.ts',
    because: 'it takes six minutes: npm test kills fewer times',
    coveredBy: 'tests/outbox/kill.test.ts',
  },
  {
    command: 'npm run soak -- --minutes 120 --out runs/soak',
    because: 'it takes two hours',
    instead: 'node deploy/soak/dist/main.js --help',
  },
  {
    command: "npx mqtt sub -h broker.example -t 'oneface/#' -v",
    because: 'there is no broker.example, and it goes on for ever',
    instead: `npx mqtt sub -h 127.0.0.1 -p $BROKER_PORT -t 'oneface/#' -v`,
    until: /oneface\/door-1\/status .*"state":"offline"/,
  },
  {
    command: 'sudo install -d /etc/oneface',
    because: 'a test stays in its own folder',
    instead: 'install -d etc/oneface',
  },
  {
    command: 'sudo cp deploy/device/config.json face.oneface trusted.pem ca.crt mqtt-password /etc/oneface/',
    because: 'a test stays in its own folder',
    instead: 'cp deploy/device/config.json face.oneface trusted.pem ca.crt mqtt-password etc/oneface/',
  },
];

/** Options that make a command quick, by what it begins with. */
export const SMALLER: Readonly<Record<string, string>> = {
  'npx oneface-trainer fit ': '--epochs 2',
  'npx oneface-trainer synthesize ': '--count 8 --held-out 6',
  'npx oneface-trainer evaluate ': '--limit 2',
};

/** Parameters that make each stage of a pipeline file as quick as can be. */
export const SMALLEST_STAGES: Readonly<Record<string, object>> = {
  fit: { epochs: 2 },
  synthesize: { count: 8, heldOut: 6 },
  distill: { inputSize: 32, widths: [4, 4], steps: 2, batch: 2 },
  quantize: { calibration: 2 },
  frames: { count: 2 },
};
