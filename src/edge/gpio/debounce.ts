/** Hears of the edges of an input. */
export interface Debounce {
  /** @param active the level after the edge */
  edge(active: boolean): void;
  /** Forgets what it heard; it does not call any more. */
  close(): void;
}

/**
 * Calls when an input has become active and no edge has come for a while, as onoff does: a contact bounces.
 *
 * @param milliseconds without an edge
 */
export function createDebounce(milliseconds: number, onRise: () => void): Debounce {
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  return {
    edge(active) {
      clearTimeout(timer);
      if (active && !closed) timer = setTimeout(onRise, milliseconds);
    },
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}
