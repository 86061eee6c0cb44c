import type { AgentFacts, HealthSources } from '@oneface/edge/health/health-sources';

/** Facts and sources of a device that is well, for tests to change. */
export const FACTS: AgentFacts = {
  device: 'door-1',
  site: 'lobby',
  boot: '0'.repeat(32),
  version: '1.2.3',
  model: 'a'.repeat(64),
  starts: 7,
};

export function exampleSources(changes: Partial<HealthSources> = {}): HealthSources {
  return {
    frames: () => ({ captured: 110, analysed: 100, dropped: 6, unreadable: 4, missed: 3, faces: 42 }),
    camera: () => ({
      state: 'online',
      since: 1000,
      counts: { starting: 1, online: 2, dark: 1 },
      restarts: 5,
    }),
    outbox: () => ({
      kept: true,
      messages: 12,
      bytes: 3456,
      oldestAge: 7500,
      dropped: { health: 3, reply: 2, event: 1 },
    }),
    broker: () => ({ connected: true, session: 9, sharedId: false }),
    time: () => ({ quality: 'synchronised', jumps: 1 }),
    watchdog: () => ({ enabled: true, withheld: 2 }),
    temperature: async () => 48.5,
    residentBytes: () => 99_000_000,
    ...changes,
  };
}
