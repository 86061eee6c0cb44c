import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { projectFile } from '../support/paths.js';

/** What goes wrong at a door, and the names of the tests that show that the agent lives with it. */
const PITFALLS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  camera: {
    'fswebcam exits with 0 whatever failed': [
      'but it is an error and may be tried again',
      'of a picture that is cut off',
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
    "the chip's base offset differs by board and system": ['the chip is found by its label'],
    '/sys/class/gpio is absent on newer systems': ["there libgpiod's programs are used"],
    'a relay must be off at exit, after a crash and after its longest on-time': [
      'a relay goes off at exit: the agent ends in order',
      'a relay goes off after a crash, and its process ends',
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
      'pauses follow the backoff until a connection has lasted five minutes',
    ],
    'the offline queue of QoS 0 has no bound': [
      'without a connection nothing is queued by mqtt.js, at either QoS',
      'with a stalled broker no more than eight messages of QoS 0 are handed to mqtt.js',
    ],
    'store plug-ins lose data, and message ids collide after a restart': [
      'what was not acknowledged is repeated by the outbox alone, once a connection',
      'packet ids that start over',
    ],
    'delete only on PUBACK, few in flight': [
      'a message without acknowledgement is sent again on the next connection',
      'no more than eight messages are under way',
    ],
    'two devices with one client id knock each other off': [
      'where the broker says nothing, three connections in a row that were closed soon are needed',
      'two devices with one client id at a real broker notice it and stop fighting',
    ],
    '3.1.1 brokers must do': [
      'a broker that only knows MQTT 3.1.1 and says so, as aedes does, is spoken to in it at once',
      'a broker that closes at the CONNECT of MQTT 5, as RabbitMQ 3.10 does, is spoken to in MQTT 3.1.1',
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
    'SD cards lose power in the middle of a write': [
      'a torn last write is cut off, and its number goes to the next event of the same log',
      'killed again and again at random moments, a set-config comes to exactly one end',
    ],
  },
};

const AREAS = ['frames', 'gpio', 'mqtt', 'clock', 'outbox', 'supervision', 'device-commands'];

const tests = AREAS.flatMap((area) => {
  const folder = projectFile(`tests/${area}`);
  const files = readdirSync(folder).filter((name) => name.endsWith('.test.ts'));
  return files.map((name) => readFileSync(join(folder, name), 'utf8'));
}).join('\n');

for (const [area, pitfalls] of Object.entries(PITFALLS)) {
  for (const [pitfall, names] of Object.entries(pitfalls)) {
    test(`${area}: "${pitfall}" has its tests`, (t) => {
      t.true(names.length > 0);
      for (const name of names)
        t.true(tests.includes(name.replaceAll("'", "\\'")) || tests.includes(name), name);
    });
  }
}
