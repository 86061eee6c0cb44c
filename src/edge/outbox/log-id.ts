/** Draws the id of a new event log: 32 hex digits. */
export function drawLogId(randomBytes: (count: number) => Uint8Array): string {
  return Buffer.from(randomBytes(16)).toString('hex');
}
