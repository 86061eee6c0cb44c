import { readdirSync, readFileSync } from 'node:fs';
import test from 'ava';
import { projectFile } from '../support/paths.js';
import { makeTitle, testTitles } from './test-titles.js';

/** What goes wrong at a door, and the titles of the tests that show that the agent lives with it. */
const PITFALLS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  camera: {
    'fswebcam exits with 0 whatever failed': [
      'fswebcam reports success for no camera, but it is an error and may be tried again',
      'success of a picture that is cut off is an error: a shot is judged by its bytes',
    ],
    'fswebcam blocked in open() ignores SIGTERM': [
      'blocked in open() fswebcam ignores SIGTERM: it is killed at its deadline, and the next shot works',
    ],
    'fswebcam expands its output path by strftime': [
      'fswebcam expands % signs of its output path, so its shots have a fixed name without any',
    ],
    'node-webcam captures nothing in memory': [
      'node-webcam captures nothing in memory and reports no error: here every shot goes through a file',
    ],
    'node-webcam reports a failed capture as a success': [
      'node-webcam calls a failed capture a success and names a file that is not there: here it is an error',
    ],
    'node-webcam pastes options into a shell line': [
      'node-webcam pastes options into a shell line, where a device name can run commands: no name that may is allowed',
    ],
    'node-webcam drops falsy options': [
      'node-webcam leaves out options that are false or 0: of ours all reach fswebcam, whatever they are',
    ],
    'node-webcam keeps every shot': [
      'node-webcam keeps every shot in memory unless it is told not to, as it is here',
    ],
    'node-webcam has no time limit': [
      'node-webcam has no time limit: here the capture and all that it started are killed',
    ],
    'a continuous stream has to be split with a cap': [
      'how a stream is cut into chunks makes no difference, whatever it holds',
      'a picture without end takes no more memory than the cap',
    ],
    'a camera module gives raw Bayer data': [
      'a camera module that gives raw Bayer data is named as such, with the program that can read it',
    ],
    'no device, stalled, frozen, dark and overexposed are different things': [
      'no device: told at once, apart from every other failure, until the next frame',
      'stalled: no frame for 20 s, also before the first one, and told once',
      'frozen: the same picture ten times over ten seconds',
      'the same black or white picture again and again is told as what is wrong with the light',
    ],
    'a dead camera program is started again with growing pauses': [
      'a program that dies is started again with pauses that grow to a minute, and its last words are kept',
      'a program that hangs is killed with all that it started, and started again',
    ],
  },
  gpio: {
    "the chip's base offset differs by board and system": [
      'the base offset differs by board and system: at 512 the chip is found by its label',
    ],
    '/sys/class/gpio is absent on newer systems': [
      "/sys/class/gpio is absent on newer systems: there libgpiod's programs are used, version 1",
    ],
    'versions 1 and 2 of libgpiod differ in arguments': [
      "/sys/class/gpio is absent on newer systems: there libgpiod's programs are used, version 2",
      'the real programs of version 1 take the arguments: they miss the chip, and nothing else',
      'version 1 cannot debounce: the agent does, as it knows both edges; version 2 lets the kernel',
    ],
    'a relay must be off at exit, after a crash and after its longest on-time': [
      'a relay goes off at exit: the agent ends in order',
      'a relay goes off after a crash, and its process ends: the agent is killed with its process group',
      'a relay goes off at its longest on-time, held in the process that owns the line: the agent is blocked',
    ],
    'plain files allow outputs only': [
      'plain files allow outputs only: over a file system in user space the real onoff and epoll hear edges',
    ],
  },
  mqtt: {
    "mqtt.js's reconnect period is constant": [
      'mqtt.js never connects again by itself, although it would after a second',
      'a fleet that lost its broker does not come back in one wave',
      'every pause lies between one second and ten minutes, and at most triples',
      'pauses follow the backoff until a connection has lasted five minutes',
    ],
    'the offline queue of QoS 0 has no bound': [
      'without a connection nothing is queued by mqtt.js, at either QoS',
      'with a stalled broker no more than eight messages of QoS 0 are handed to mqtt.js',
    ],
    'store plug-ins lose data, and message ids collide after a restart': [
      'what was not acknowledged is repeated by the outbox alone, once a connection',
      'packet ids that start over after a restart of the agent drop no message, with version 5',
    ],
    'delete only on PUBACK, few in flight': [
      'a message without acknowledgement is sent again on the next connection',
      'no more than eight messages are under way',
    ],
    'what waits has to be bounded by size and age': [
      'the files never take more than their bound, however long the broker is away',
      'a message older than the highest age is dropped, by a clock that never jumps',
      'what waits for the broker takes as little room as the settings say',
      'what waits for the broker gets as old as the settings say',
    ],
    'sequence numbers show gaps': [
      'a spoilt record in the middle is a gap, and the log goes on',
      'memory has room for so many bytes: then health goes first, and what is dropped shows as a gap',
    ],
    'two devices with one client id knock each other off': [
      'where the broker says nothing, three connections in a row that were closed soon are needed',
      'two devices with one client id at a real broker notice it and stop fighting, with version 5',
    ],
    '3.1.1 brokers must do': [
      'a broker that only knows MQTT 3.1.1 and says so, as aedes does, is spoken to in it at once',
      'a broker that closes at the CONNECT of MQTT 5, as RabbitMQ 3.10 does, is spoken to in MQTT 3.1.1',
    ],
    'the features of MQTT 5 are used where they are: content type': [
      'a message is delivered once, with MQTT 5 at mosquitto',
    ],
    'the features of MQTT 5 are used where they are: message expiry': [
      'health messages expire, events and replies do not',
    ],
    'the features of MQTT 5 are used where they are: response topic and correlation data': [
      'the sender of a command gets copies of its replies at his response topic, with his correlation data',
    ],
    'the features of MQTT 5 are used where they are: session expiry': [
      'a command that is sent while the connection is down for a moment arrives, with MQTT 5 at mosquitto',
    ],
    'the features of MQTT 5 are used where they are: will delay': [
      'a device that comes back at once is never shown as dead, with MQTT 5',
    ],
    'a late will must not mark a new session offline': [
      'a late last will names its session, so that it says nothing about a newer one',
    ],
    'buffered data is flagged historical': [
      'events and health messages from before the session or from an earlier run are flagged historical',
    ],
  },
  clock: {
    'time starts in 1970': [
      'an agent that starts in 1970 works, and says that its time is worth nothing',
      'a device without a battery clock starts in 1970: no time is trusted, certificates go by the last good one',
    ],
    'time starts at the last shutdown': [
      'a device that starts at its last shutdown has a time that can be, but none that is trusted',
    ],
    'certificates are "not yet valid"': [
      'an agent that starts in 1970 is not cut off by a certificate that is not yet valid there',
    ],
    'order by boot and sequence': [
      'events stay in order, without a gap and at the same pace, while the clock jumps forward and back',
    ],
    'the last good time is a floor': [
      'the last good time is kept once the clock has been right for a while, then seldom, and at the end',
    ],
    'SD cards wear out by logs': [
      'the agent keeps nothing but its state: its log goes to stderr alone',
      'the log goes where systemd keeps it, and to no file',
    ],
    'SD cards lose power in the middle of a write': [
      'SD cards lose power in the middle of a write: a file is on the disk before it takes its place, and its place before the write is done',
      'a torn last write is cut off, and its number goes to the next event of the same log',
      'killed again and again at random moments, a set-config comes to exactly one end',
    ],
  },
};

const titles = sourceFiles().flatMap((file) => testTitles(file, readFileSync(file, 'utf8')));

/** All sources of tests; some stand in files that several tests share. */
function sourceFiles(): string[] {
  const names = readdirSync(projectFile('tests'), { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith('.ts') && !name.startsWith('dist/'))
    .map((name) => projectFile(`tests/${name}`));
}

for (const [area, pitfalls] of Object.entries(PITFALLS)) {
  for (const [pitfall, names] of Object.entries(pitfalls)) {
    test(`${area}: "${pitfall}" has its tests`, (t) => {
      t.true(names.length > 0);
      for (const name of names)
        t.true(
          titles.some((parts) => makeTitle(parts, name)),
          name,
        );
    });
  }
}

test('what only looks like a test is none', (t) => {
  const source = `
    // test('in a comment', () => {});
    const words = "test('in a string', () => {})";
    test.skip('skipped', () => {});
    test.todo('to do');
    test.failing('expected to fail', () => {});
    another('of something else', () => {});
    for (const way of ['a', 'b']) test.serial(\`in a loop: \${way}, and on\`, () => {});
    test(words, () => {});
    test(\`\${words}\`, () => {});
    test('plain', () => {});`;
  const found = testTitles('sample.test.ts', source);
  t.deepEqual(found, [['in a loop: ', ', and on'], ['plain']]);
  t.true(makeTitle(['in a loop: ', ', and on'], 'in a loop: b, and on'));
  for (const other of ['in a loop: , and on', 'in a loop: b, and on.', 'a loop: b, and on'])
    t.false(makeTitle(['in a loop: ', ', and on'], other));
});
