import { get as httpGet, type IncomingMessage, type RequestOptions } from 'node:http';
import { get as httpsGet } from 'node:https';
import { expected } from '@oneface/common/errors/errors';
import { requireCertificates } from '../config/certificates.js';
import { readNamedFile } from '../config/read-file.js';
import { readSecret, type Secret } from '../config/secret.js';
import { CameraError } from './camera-error.js';

/** How to reach a camera; see `HttpSnapshotSourceOptions`. */
export interface HttpCameraOptions {
  readonly url: string;
  readonly username?: string;
  readonly password?: Secret;
  readonly ca?: string;
}

/** A network camera that can be asked. */
export interface HttpCamera {
  /** Its address without the query, which may hold a secret. */
  readonly name: string;
  /**
   * Sends a request and waits for the head of the answer.
   *
   * @returns the answer with status 200, its body still to be read
   * @throws CameraError when the camera is not reached or answers anything else
   * @throws the signal's reason when the signal is aborted; reading the body then fails too
   */
  request(signal: AbortSignal): Promise<IncomingMessage>;
}

const OK = 200;
const REDIRECTS = [301, 302, 303, 307, 308];
const MOST_REDIRECTS = 3;

/**
 * Checks what the schema does not say of a camera.
 *
 * @throws InputError when the address is none, or a password has no user name
 */
export function checkHttpCamera({ url, username, password }: HttpCameraOptions): void {
  if (!URL.canParse(url)) {
    // The query may hold a secret.
    throw expected('an http: or https: address', 'the camera.url', url.split('?', 1)[0]);
  }
  if (password !== undefined && username === undefined) {
    throw expected('a user name beside the password', 'the camera.username', undefined);
  }
}

/**
 * Prepares the requests to a camera: reads its password and certificates.
 *
 * @param env environment variables, for a password that stands in one
 * @throws InputError when a file or variable is not there, or a setting makes no sense
 */
export async function openHttpCamera(
  { url, username, password, ca }: HttpCameraOptions,
  env: Readonly<Record<string, string | undefined>>,
): Promise<HttpCamera> {
  checkHttpCamera({ url, username, password });
  const address = new URL(url);
  const secret = password && (await readSecret(password, env, 'the camera.password'));
  const pem = ca === undefined ? undefined : await readNamedFile(ca, 'the camera.ca');
  if (pem !== undefined) requireCertificates(pem, 'the camera.ca');
  const options: RequestOptions & { ca?: Buffer } = {
    // Each answer ends its connection: a camera that was away for hours gets no request on a dead one.
    agent: false,
    headers: { accept: 'multipart/x-mixed-replace, image/jpeg, image/png' },
    auth: username === undefined ? undefined : `${username}:${secret ?? ''}`,
    ca: pem,
  };
  const name = `${address.origin}${address.pathname}`;
  return { name, request: (signal) => requestFrom(name, address, { ...options, signal }, MOST_REDIRECTS) };
}

async function requestFrom(
  name: string,
  address: URL,
  options: RequestOptions,
  redirectsLeft: number,
): Promise<IncomingMessage> {
  const answer = await send(name, address, options);
  const { statusCode = 0, headers } = answer;
  if (statusCode === OK) return answer;
  answer.destroy();
  if (!REDIRECTS.includes(statusCode) || headers.location === undefined) {
    throw new CameraError('no-device', `${name} answered with status ${statusCode}`);
  }
  const target = URL.canParse(headers.location, address.href)
    ? new URL(headers.location, address)
    : undefined;
  // The password must reach no other server, and none without encryption that was to have it.
  if (target === undefined || target.host !== address.host || target.protocol !== address.protocol) {
    throw new CameraError('no-device', `${name} sends its visitors elsewhere, which is not followed`);
  }
  if (redirectsLeft === 0) throw new CameraError('no-device', `${name} sends its visitors round in circles`);
  return requestFrom(name, target, options, redirectsLeft - 1);
}

function send(name: string, address: URL, options: RequestOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = address.protocol === 'https:' ? httpsGet(address, options) : httpGet(address, options);
    request.once('response', resolve);
    request.on('error', (cause) => {
      const { signal } = options;
      if (signal?.aborted) reject(signal.reason);
      else reject(new CameraError('no-device', `${name} cannot be reached: ${cause.message}`, { cause }));
    });
  });
}
