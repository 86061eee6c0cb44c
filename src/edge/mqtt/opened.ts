import { once } from 'node:events';
import type { Socket } from 'node:net';
import { UnavailableError } from '@oneface/common/errors/errors';

/**
 * Waits until a connection stands.
 *
 * @param event which says so
 * @param signal gives the attempt up
 * @throws the error that ended the attempt; the socket is closed then
 */
export async function opened(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  signal: AbortSignal,
): Promise<void> {
  // An error between this call and the next user's own listener must not end the agent; `close` follows it.
  socket.on('error', () => {});
  const giveUp = () => socket.destroy(new UnavailableError('the attempt was given up'));
  signal.addEventListener('abort', giveUp, { once: true });
  if (signal.aborted) giveUp();
  try {
    await once(socket, event);
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}
