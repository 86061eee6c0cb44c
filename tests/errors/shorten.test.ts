import { shorten } from '@oneface/common/errors/shorten';
import test from 'ava';
import fc from 'fast-check';

test('a shortened text is no longer than asked, and holds no half characters', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(20), (text, most) => {
      const short = shorten(text, most);
      t.true(short.length <= most);
      t.is(Buffer.from(short).toString(), short);
    }),
  );
});

test('a text that is short enough and whole stays as it is', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      t.is(shorten(text, text.length), text);
    }),
  );
});

test('a character that the cut would halve, and one that came halved, become U+FFFD', (t) => {
  t.is(shorten('door 😀', 6), 'door �');
  t.is(shorten('\uDE00 door', 6), '� door');
});
