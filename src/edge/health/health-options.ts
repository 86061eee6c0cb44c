import { CLOSED } from '@oneface/common/events/fields';
import { type Static, Type } from '@sinclair/typebox';

/** Where Prometheus looks unless told otherwise; no program that registers its port uses it. */
const METRICS_PORT = 9464;

/** How the agent tells how it is: on loopback for Prometheus, and as a message for the broker. */
export const HealthOptions = Type.Object(
  {
    port: Type.Union([Type.Integer({ minimum: 1, maximum: 65_535 }), Type.Literal(false)], {
      title: 'a port from 1 to 65535, or false',
      default: METRICS_PORT,
      description: 'Where metrics are served on 127.0.0.1, for Prometheus; false for not at all.',
    }),
    everySeconds: Type.Integer({
      minimum: 5,
      maximum: 86_400,
      default: 60,
      description: 'Between two health messages to the broker.',
    }),
  },
  { ...CLOSED, default: {} },
);
export type HealthOptions = Static<typeof HealthOptions>;
