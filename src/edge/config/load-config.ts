import { dirname, resolve } from 'node:path';
import { expected, InputError } from '@oneface/common/errors/errors';
import { compileValidator } from '@oneface/common/schemas/validator';
import { requireId } from '@oneface/common/topics/topics';
import { Value } from '@sinclair/typebox/value';
import { completeSource } from '../frames/complete-source.js';
import { readNamedFile } from './read-file.js';
import { AgentConfig, type MqttConfig } from './schema.js';

const validate = compileValidator(AgentConfig, 'config');

/** A host name or address, perhaps with a port. Of any other text mqtt.js makes localhost and the usual port. */
const BROKER_ADDRESS = /^mqtts?:\/\/(?:[\w.-]+|\[[\da-f:.]+\])(?::(?!0+\/?$)\d+)?\/?$/i;

/** A configuration file and what it says. */
export interface ConfigFile {
  /** As it stands in the file. */
  readonly json: unknown;
  /** Where its relative paths start. */
  readonly folder: string;
  readonly config: AgentConfig;
}

/**
 * Reads and checks a configuration file, fills in defaults and makes every path in it absolute; relative
 * ones start at the file's own folder.
 *
 * @throws InputError naming the first field that is wrong
 */
export async function readConfig(path: string): Promise<ConfigFile> {
  const text = (await readNamedFile(path, '--config')).toString('utf8');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw expected('JSON', path, cause, { cause });
  }
  const folder = dirname(resolve(path));
  return { json, folder, config: parseConfig(json, folder) };
}

/**
 * Checks a configuration, fills in defaults and makes every path in it absolute.
 *
 * @param folder where relative paths start
 * @throws InputError naming the first field that is wrong
 */
export function parseConfig(json: unknown, folder: string): AgentConfig {
  const filled = Value.Default(AgentConfig, structuredClone(json));
  requireSameKinds(json, filled, 'config');
  const config = validate(filled);
  requireId(config.device, 'config.device');
  if (config.site !== undefined) requireId(config.site, 'config.site');
  checkMqtt(config.mqtt);
  checkLines(config.gpio);
  checkWake(config);
  const absolute = (path: string) => resolve(folder, path);
  const { source, mqtt } = config;
  return {
    ...config,
    bundle: absolute(config.bundle),
    trustedKeys: config.trustedKeys.map(absolute),
    state: absolute(config.state),
    source: completeSource(source, absolute),
    mqtt: withAbsolutePaths(mqtt, absolute),
  };
}

/** TypeBox merges a list into an object of defaults, and an object into a list, which hides the mistake. */
function requireSameKinds(given: unknown, filled: unknown, subject: string): void {
  if (typeof given !== 'object' || given === null) return;
  if (Array.isArray(given) !== Array.isArray(filled)) {
    const kinds = ['a list', 'an object'] as const;
    const [wanted, other] = Array.isArray(filled) ? kinds : [...kinds].reverse();
    // Not the value itself: there may be a password in it.
    throw new InputError(`Expected ${wanted} for ${subject} but received ${other}`);
  }
  for (const [name, value] of Object.entries(given)) {
    requireSameKinds(value, (filled as Record<string, unknown>)[name], `${subject}.${name}`);
  }
}

function checkMqtt({ url, tls, username, password }: MqttConfig): void {
  if (url.includes('@')) {
    throw expected('an address without user name and password', 'config.mqtt.url', 'one with them');
  }
  if (!BROKER_ADDRESS.test(url) || !URL.canParse(url)) {
    throw expected('mqtt://host:port or mqtts://host:port', 'config.mqtt.url', url);
  }
  if (tls !== undefined && !url.startsWith('mqtts:')) {
    throw expected('an mqtts: address beside config.mqtt.tls', 'config.mqtt.url', url);
  }
  if ((tls?.cert === undefined) !== (tls?.key === undefined)) {
    throw expected('both cert and key, or neither', 'config.mqtt.tls', Object.keys(tls ?? {}).join(', '));
  }
  if (password !== undefined && username === undefined) {
    throw expected('a user name beside config.mqtt.password', 'config.mqtt.username', undefined);
  }
}

/** Two parts at one line would switch each other: a light that blinks would pull the relay, past its limit. */
function checkLines(gpio: AgentConfig['gpio']): void {
  const parts = [
    ['relay', gpio?.relay],
    ['light', gpio?.light],
    ...(gpio?.triggers ?? []).map((trigger, index) => [`triggers[${index}]`, trigger] as const),
  ] as const;
  const taken = new Set<number>();
  for (const [name, part] of parts) {
    if (part === undefined) continue;
    if (taken.has(part.line)) {
      throw expected('a line that no other part has', `config.gpio.${name}.line`, part.line);
    }
    taken.add(part.line);
  }
}

/** Nothing would ever wake the agent, and it would look well. */
function checkWake({ wake, gpio }: AgentConfig): void {
  if (wake.mode === 'trigger' && !gpio?.triggers.length) {
    throw expected('a line in config.gpio.triggers beside "trigger"', 'config.wake.mode', 'none');
  }
}

function withAbsolutePaths(mqtt: MqttConfig, absolute: (path: string) => string): MqttConfig {
  const { tls, password } = mqtt;
  const path = (name: 'ca' | 'cert' | 'key') =>
    tls?.[name] === undefined ? {} : { [name]: absolute(tls[name]) };
  return {
    ...mqtt,
    ...(tls && { tls: { ...tls, ...path('ca'), ...path('cert'), ...path('key') } }),
    ...(password && { password: 'file' in password ? { file: absolute(password.file) } : password }),
  };
}
