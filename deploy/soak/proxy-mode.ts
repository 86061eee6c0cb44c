/**
 * How the proxy treats the line.
 *
 * - `pass`: everything goes through.
 * - `refuse`: connections are reset; new ones are refused, as when nothing listens.
 * - `cut`: connections are reset; new ones are taken and reset at once.
 * - `blackhole`: connections are taken and stay open; what is sent on them vanishes.
 * - `slow`: every direction of every connection carries at most `bytesPerSecond`, `latency` milliseconds late.
 * - `half-open`: the connections that stand lose one end without the other end hearing of it; new ones pass.
 *   `left` is the end that goes on believing.
 */
export type ProxyMode =
  | { readonly kind: 'pass' }
  | { readonly kind: 'refuse' | 'cut' | 'blackhole' }
  | { readonly kind: 'slow'; readonly bytesPerSecond: number; readonly latency: number }
  | { readonly kind: 'half-open'; readonly left: 'client' | 'server' };
