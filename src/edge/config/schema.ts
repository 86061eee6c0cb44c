import { CLOSED, DeviceId, SiteId } from '@oneface/common/events/fields';
import { type Static, Type } from '@sinclair/typebox';
import { FrameSourceOptions } from '../frames/source-options.js';
import { GpioOptions } from '../gpio/gpio-options.js';
import { HealthOptions } from '../health/health-options.js';
import { LOG_FORMATS, LOG_LEVELS } from '../logging/logger.js';
import { ReportOptions } from '../presence/report-options.js';
import { WakeOptions } from '../wake/wake-options.js';
import { FilePath, Secret } from './secret.js';

/** A file that a field names. */
const file = (description: string) => Type.String({ ...FilePath, description });

const Tls = Type.Object(
  {
    ca: Type.Optional(
      file("Certificates (PEM) of the authorities that may vouch for the broker; the system's if left out."),
    ),
    cert: Type.Optional(file("The device's own certificate (PEM).")),
    key: Type.Optional(file('Its private key (PEM).')),
    serverName: Type.Optional(
      Type.String({
        title: 'a host name',
        pattern: '^[A-Za-z0-9_.:-]{1,253}$',
        description: "The name that the broker's certificate must have; the host of `url` if left out.",
      }),
    ),
    rejectUnauthorized: Type.Boolean({
      default: true,
      description: 'false accepts any broker; for trials only.',
    }),
  },
  CLOSED,
);

const Mqtt = Type.Object(
  {
    url: Type.String({
      title: 'mqtt://host:port or mqtts://host:port',
      pattern: '^mqtts?://[^/?#\\s]+/?$',
      description: 'The broker; mqtts: with TLS.',
    }),
    version: Type.Union([Type.Literal('auto'), Type.Literal(4), Type.Literal(5)], {
      default: 'auto',
      description: '5, 4 for MQTT 3.1.1, or auto: 5 first, 4 when the broker does not speak it.',
    }),
    qos: Type.Union([Type.Literal(0), Type.Literal(1)], {
      default: 1,
      description: '1: repeated until acknowledged. 0: sent once, so what is lost on the way is lost.',
    }),
    keepaliveSeconds: Type.Integer({
      minimum: 5,
      maximum: 3600,
      default: 30,
      description: 'A broken connection is noticed after one and a half times this.',
    }),
    username: Type.Optional(
      Type.String({ minLength: 1, maxLength: 256, description: 'Account of the device at the broker.' }),
    ),
    password: Type.Optional(Secret),
    tls: Type.Optional(Tls),
  },
  CLOSED,
);

const Outbox = Type.Object(
  {
    maxBytes: Type.Integer({
      minimum: 2_000_000,
      maximum: 4_000_000_000,
      default: 64_000_000,
      description:
        'Disk space for messages that wait; beyond it health goes first, events last, oldest first.',
    }),
    maxDays: Type.Number({
      exclusiveMinimum: 0,
      maximum: 3650,
      default: 30,
      description: 'Messages older than this are dropped; counted only while the clock can be trusted.',
    }),
    sync: Type.Union([Type.Literal('always'), Type.Literal('interval')], {
      default: 'always',
      description:
        'always: an event is on the disk before it is sent. interval: within seconds, for weak SD cards; a ' +
        'power cut may then cost the last seconds.',
    }),
  },
  { ...CLOSED, default: {} },
);

/** Frames a second: a timer of Node cannot wait much longer than this. */
const SLOWEST = 0.01;

const Frames = Type.Object(
  {
    perSecond: Type.Number({
      minimum: SLOWEST,
      maximum: 100,
      default: 5,
      description: 'No more frames a second than this are looked at.',
    }),
    idlePerSecond: Type.Number({
      minimum: SLOWEST,
      maximum: 100,
      default: 2,
      description: 'The same while nothing keeps the agent awake (`wake`).',
    }),
    limit: Type.Optional(Type.Integer({ minimum: 1, description: 'End after this many frames.' })),
  },
  { ...CLOSED, default: {} },
);

const Log = Type.Object(
  {
    level: Type.Union(
      LOG_LEVELS.map((level) => Type.Literal(level)),
      { default: 'info', description: 'What is left out of the log.' },
    ),
    format: Type.Union(
      LOG_FORMATS.map((format) => Type.Literal(format)),
      { default: 'text', description: 'text for people, json for one object a line.' },
    ),
  },
  { ...CLOSED, default: {} },
);

/** The agent's configuration file. docs/22-configuration.md is written from it. */
export const AgentConfig = Type.Object(
  {
    device: DeviceId,
    site: Type.Optional(SiteId),
    source: FrameSourceOptions,
    bundle: file('The signed bundle (.oneface).'),
    trustedKeys: Type.Array(FilePath, {
      title: 'a list of 1 to 16 key files',
      minItems: 1,
      maxItems: 16,
      description: 'Public keys (PEM); one of them must have signed the bundle.',
    }),
    state: Type.String({
      ...FilePath,
      default: 'state',
      description:
        'Folder that the agent makes and keeps its state in: waiting events, settings made by command.',
    }),
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
