import type { ConnectionEnd } from './broker.js';

/** A connection that lived longer than this was not taken over by somebody who wants one himself. */
const SHORT_LIFE_MILLISECONDS = 60_000;
/** Short lives in a row after which another client is suspected, where the broker does not say so. */
const SHORT_LIVES = 3;
/** A connection that stands twice as long as the longest pause of another client is alone. */
const ALONE_MILLISECONDS = 20 * 60_000;

export interface EndOfLife extends ConnectionEnd {
  /** Messages were sent and none was taken, so they are what the broker minds. */
  readonly fruitless: boolean;
  /** Milliseconds from its beginning. */
  readonly lifetime: number;
}

/** Notices that another client uses the same client id: for a broker each new one ends the other. */
export interface SharedIdWatch {
  /** Whether another client seems to use the client id. */
  suspected(): boolean;
  /** A connection stands. */
  connected(): void;
  /** The broker was not reached, so a connection lost before says nothing about another client. */
  notReached(): void;
  /** A connection ended. Returns whether the suspicion is new. */
  ended(end: EndOfLife): boolean;
}

/**
 * A broker of MQTT 5 should say that the session was taken over. Others, and mosquitto 2.0 whatever the
 * version, just close the connection: there it takes three that were accepted and closed by the other side
 * within a minute, one after the other, without a failed attempt between them. A network that cuts
 * connections like that looks the same; the suspicion ends once a connection lasts.
 *
 * @param monotonic milliseconds from an arbitrary start
 */
export function createSharedIdWatch(monotonic: () => number): SharedIdWatch {
  let shared = false;
  let shortLives = 0;
  let connectedAt: number | undefined;
  return {
    suspected() {
      if (connectedAt !== undefined && monotonic() - connectedAt >= ALONE_MILLISECONDS) shared = false;
      return shared;
    },
    connected() {
      connectedAt = monotonic();
    },
    notReached() {
      shortLives = 0;
    },
    ended({ how, fruitless, lifetime }) {
      const before = this.suspected();
      connectedAt = undefined;
      if (how === 'taken-over') {
        shared = true;
      } else {
        const short = how === 'cut' && !fruitless && lifetime < SHORT_LIFE_MILLISECONDS;
        shortLives = short ? shortLives + 1 : 0;
        if (shortLives >= SHORT_LIVES) shared = true;
      }
      return shared && !before;
    },
  };
}
