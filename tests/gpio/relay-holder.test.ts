import { PassThrough } from 'node:stream';
import { UnavailableError } from '@oneface/common/errors/errors';
import { systemClock } from '@oneface/edge/clock/clock';
import type { OutputLine } from '@oneface/edge/gpio/lines';
import { holdRelay } from '@oneface/edge/gpio/relay-holder';
import test from 'ava';
import { eventually } from './support/text-lines.js';

/** A line that notes what is done with it, once for each change. */
function recordingLine(fault?: Error) {
  const done: (boolean | 'closed')[] = [];
  const line: OutputLine = {
    async set(on) {
      if (done.at(-1) !== on) done.push(on);
      if (fault) throw fault;
    },
    async close() {
      done.push('closed');
    },
  };
  return { line, done };
}

function hold(line: OutputLine, changes: Partial<Parameters<typeof holdRelay>[1]> = {}) {
  const orders = new PassThrough();
  const end = new AbortController();
  const holding = holdRelay(line, {
    orders,
    end: end.signal,
    longestOn: 60_000,
    clock: systemClock,
    ...changes,
  });
  return { orders, end, holding };
}

test('the relay goes on and off as ordered, and is closed when the orders end', async (t) => {
  const { line, done } = recordingLine();
  const { orders, holding } = hold(line);
  orders.write('on 60000\non 60');
  orders.write('000\noff\n');
  await eventually(() => done.length === 2 || undefined);
  orders.end('on 60000\n');
  await holding;
  t.deepEqual(done, [true, false, true, 'closed']);
});

test('what is no order is an order to be off', async (t) => {
  for (const nonsense of ['', 'on', 'on -1', 'on 1e9', 'on 1234567890', 'On 5', 'on 5 ', '\u0000']) {
    const { line, done } = recordingLine();
    const { orders, holding } = hold(line);
    orders.end(`on 60000\n${nonsense}\n`);
    await holding;
    t.deepEqual(done, [true, false, 'closed'], nonsense);
  }
});

test('orders that break off in an error end it as well', async (t) => {
  const { line, done } = recordingLine();
  const { orders, holding } = hold(line);
  orders.write('on 60000\n');
  await eventually(() => done.length === 1 || undefined);
  orders.destroy(new Error('the pipe broke'));
  await t.throwsAsync(holding, { message: 'the pipe broke' });
  t.deepEqual(done, [true, 'closed']);
});

test('a line that cannot be switched, or is lost, ends it with the error', async (t) => {
  const fault = new UnavailableError('gone');
  const unswitchable = recordingLine(fault);
  const first = hold(unswitchable.line);
  first.orders.write('on 60000\n');
  t.is(await t.throwsAsync(first.holding), fault);
  t.deepEqual(unswitchable.done, [true, 'closed']);

  const lost = recordingLine();
  const second = hold(lost.line);
  second.end.abort(fault);
  t.is(await t.throwsAsync(second.holding), fault);
  t.deepEqual(lost.done, ['closed']);

  const before = recordingLine();
  const third = hold(before.line, { end: AbortSignal.abort(fault) });
  t.is(await t.throwsAsync(third.holding), fault);
  t.deepEqual(before.done, ['closed']);
});

test('told to end, it is off at once and deaf, and ends soon although its agent does not', async (t) => {
  const { line, done } = recordingLine();
  const { orders, end, holding } = hold(line);
  orders.write('on 60000\n');
  await eventually(() => done.length === 1 || undefined);
  end.abort();
  t.deepEqual(done, [true, false]);
  orders.write('on 60000\n');
  await holding;
  t.deepEqual(done, [true, false, 'closed']);
});
