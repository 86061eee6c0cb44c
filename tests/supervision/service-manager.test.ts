import { createServiceManager } from '@oneface/edge/supervision/service-manager';
import test from 'ava';
import { temporaryFolder } from '../support/temporary-folder.js';
import { testLog } from '../support/test-log.js';

test('without systemd nothing happens: no program is started, nothing is logged', async (t) => {
  const { log, lines } = testLog();
  // A PATH without systemd-notify: a try to start it would be logged.
  const env = { PATH: '/nowhere', WATCHDOG_USEC: '15000000' };
  const manager = createServiceManager(env, 7, log);
  t.is(manager.watchdog, undefined);
  await manager.ready('x');
  await manager.status('x');
  await manager.ping();
  await manager.stopping();
  t.deepEqual(lines, []);
});

test('the interval of the watchdog is for the process that is named, or for any', (t) => {
  const { log } = testLog();
  const of = (env: Record<string, string>) =>
    createServiceManager({ NOTIFY_SOCKET: '/run/notify', ...env }, 7, log).watchdog;
  t.is(of({ WATCHDOG_USEC: '15000000' }), 15_000);
  t.is(of({ WATCHDOG_USEC: '15000000', WATCHDOG_PID: '7' }), 15_000);
  t.is(of({ WATCHDOG_USEC: '15000000', WATCHDOG_PID: '8' }), undefined);
  for (const value of ['', '0', '-5', '1e6', 'soon']) t.is(of({ WATCHDOG_USEC: value }), undefined, value);
  t.is(of({}), undefined);
});

test('a service manager that cannot be told does not end the agent, and the log says so', async (t) => {
  const { log, lines } = testLog();
  const NOTIFY_SOCKET = `${await temporaryFolder(t)}/nobody-listens`;
  await createServiceManager({ PATH: process.env.PATH, NOTIFY_SOCKET }, 7, log).ready('x');
  t.regex(lines.join(''), /error service manager not told message="READY=1" exitCode=1 /);
  await createServiceManager({ PATH: '/nowhere', NOTIFY_SOCKET }, 7, log).ping();
  t.regex(
    lines.join(''),
    /error service manager not told message="WATCHDOG=1" .*systemd-notify is not installed/,
  );
});
