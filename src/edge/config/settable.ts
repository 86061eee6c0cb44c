/**
 * The settings that a command may change, and what can go wrong with each. None can cut the device off: none
 * names the broker, the device, its site, a key, a file, a program, a port or a pin, so whatever their values
 * are, the agent connects to the same broker as the same device and hears the next command. Values are
 * checked by the configuration's schema; `report` and `wake` may also be set as a whole, to another mode.
 */
export const SETTABLE: Readonly<Record<string, string>> = {
  'frames.perSecond': 'How often frames are looked at; the load that it makes has an upper bound.',
  'frames.idlePerSecond': 'The same while the agent sleeps.',
  report: 'What becomes an event; the outbox is bounded.',
  'report.confirmFrames': 'How soon a face is reported.',
  'report.updateSeconds': 'How often a face that stays is reported.',
  'report.betterSeconds': 'How often a better frame is reported.',
  'report.leaveSeconds': 'How soon a face counts as gone.',
  wake: 'When frames are looked at; commands are heard in the meantime.',
  'wake.awakeSeconds': 'How long frames are looked at.',
  'wake.sensitivity': 'How much must move; at worst the agent sleeps, and hears commands.',
  'health.everySeconds': 'How often a health message is sent.',
  'log.level': 'What is written to the log.',
};

/** Whether a command may set the value at this path, such as "frames.perSecond". */
export function isSettable(path: string): boolean {
  return Object.hasOwn(SETTABLE, path);
}
