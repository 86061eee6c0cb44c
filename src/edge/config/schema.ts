import { CLOSED, DeviceId, SiteId } from '@oneface/common/events/fields';
import { type Static, Type } from '@sinclair/typebox';
import { FrameSourceOptions } from '../frames/source-options.js';
import { GpioOptions } from '../gpio/gpio-options.js';
import { HealthOptions } from '../health/health-options.js';
import { LOG_FORMATS, LOG_LEVELS } from '../logging/logger.js';
import { ReportOptions } from '../presence/report-options.js';
import { WakeOptions } from '../wake/wake-options.js';
import { FilePath, Secret } from './secret.js';

const Tls = Type.Object(
  {
    ca: Type.Optional(FilePath),
    cert: Type.Optional(FilePath),
    key: Type.Optional(FilePath),
    serverName: Type.Optional(Type.String({ title: 'a host name', minLength: 1, maxLength: 253 })),
    rejectUnauthorized: Type.Boolean({ default: true }),
  },
  CLOSED,
);

const Mqtt = Type.Object(
  {
    url: Type.String({
      title: 'mqtt://host:port or mqtts://host:port',
      pattern: '^mqtts?://[^/?#\\s]+/?$',
    }),
    version: Type.Union([Type.Literal('auto'), Type.Literal(4), Type.Literal(5)], { default: 'auto' }),
    qos: Type.Union([Type.Literal(0), Type.Literal(1)], { default: 1 }),
    keepaliveSeconds: Type.Integer({ minimum: 5, maximum: 3600, default: 30 }),
    username: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
    password: Type.Optional(Secret),
    tls: Type.Optional(Tls),
  },
  CLOSED,
);

const Outbox = Type.Object(
  {
    maxBytes: Type.Integer({ minimum: 1_000_000, maximum: 4_000_000_000, default: 64_000_000 }),
    maxDays: Type.Number({ exclusiveMinimum: 0, maximum: 3650, default: 30 }),
    sync: Type.Union([Type.Literal('always'), Type.Literal('interval')], { default: 'always' }),
  },
  { ...CLOSED, default: {} },
);

/** Frames a second: a timer of Node cannot wait much longer than this. */
const SLOWEST = 0.01;

const Frames = Type.Object(
  {
    perSecond: Type.Number({ minimum: SLOWEST, maximum: 100, default: 5 }),
    idlePerSecond: Type.Number({ minimum: SLOWEST, maximum: 100, default: 2 }),
    limit: Type.Optional(Type.Integer({ minimum: 1 })),
  },
  { ...CLOSED, default: {} },
);

const Log = Type.Object(
  {
    level: Type.Union(
      LOG_LEVELS.map((level) => Type.Literal(level)),
      { default: 'info' },
    ),
    format: Type.Union(
      LOG_FORMATS.map((format) => Type.Literal(format)),
      { default: 'text' },
    ),
  },
  { ...CLOSED, default: {} },
);

/** The agent's configuration file. docs/20-edge-agent.md explains every field. */
export const AgentConfig = Type.Object(
  {
    device: DeviceId,
    site: Type.Optional(SiteId),
    source: FrameSourceOptions,
    bundle: FilePath,
    trustedKeys: Type.Array(FilePath, {
      title: 'a list of one or more key files',
      minItems: 1,
      maxItems: 16,
    }),
    state: Type.String({ ...FilePath, default: 'state' }),
    mqtt: Mqtt,
    outbox: Outbox,
    frames: Frames,
    wake: WakeOptions,
    report: ReportOptions,
    health: HealthOptions,
    gpio: Type.Optional(GpioOptions),
    log: Log,
  },
  CLOSED,
);
export type AgentConfig = Static<typeof AgentConfig>;
export type MqttConfig = AgentConfig['mqtt'];
