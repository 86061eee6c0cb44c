import { InputError } from '@oneface/common/errors/errors';
import {
  CHANNELS,
  parseTopic,
  RESERVED_LEVELS,
  requireId,
  topicFilters,
  topicOf,
} from '@oneface/common/topics/topics';
import test from 'ava';
import fc from 'fast-check';

const id = fc
  .stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)
  .filter((text) => !RESERVED_LEVELS.includes(text));

/** MQTT's own rule for filters without "#" (version 5, section 4.7). */
function matches(filter: string, topic: string): boolean {
  const [levels, names] = [filter.split('/'), topic.split('/')];
  return levels.length === names.length && levels.every((level, i) => level === '+' || level === names[i]);
}

test('every topic reads back as the address it was made of', (t) => {
  fc.assert(
    fc.property(
      id,
      fc.option(id, { nil: undefined }),
      fc.constantFrom(...CHANNELS),
      (device, site, channel) => {
        const address = site === undefined ? { device } : { device, site };
        const topic = topicOf(address, channel);
        t.deepEqual(parseTopic(topic), { ...address, channel });
        const [filters, others] = [topicFilters(channel), CHANNELS.filter((other) => other !== channel)];
        t.is(filters.filter((filter) => matches(filter, topic)).length, 1);
        t.false(others.flatMap(topicFilters).some((filter) => matches(filter, topic)));
      },
    ),
  );
});

test('topics look as documented', (t) => {
  t.is(topicOf({ device: 'door-1' }, 'events'), 'oneface/door-1/events');
  t.is(topicOf({ site: 'lobby', device: 'door-1' }, 'status'), 'oneface/lobby/door-1/status');
});

test('an id that would reach into other topics is refused', (t) => {
  const bad = [
    '',
    '+',
    '#',
    'a/b',
    'a b',
    '$SYS',
    '.',
    '..',
    '-a',
    'türe',
    'a\0',
    'a'.repeat(65),
    'events',
    'commands',
  ];
  for (const text of bad) {
    t.throws(() => requireId(text, 'config.device'), {
      instanceOf: InputError,
      message: /for config\.device but/,
    });
    t.throws(() => topicOf({ device: text }, 'events'), { instanceOf: InputError });
  }
});

test('a topic outside the tree reads as none', (t) => {
  const strangers = [
    '',
    'oneface',
    'oneface/events',
    'oneface/door-1',
    'other/door-1/events',
    'oneface/door-1/events/more',
    'oneface/a/b/c/events',
    'oneface/+/events',
    'oneface/status/events',
  ];
  for (const topic of strangers) t.is(parseTopic(topic), undefined);
});
