import type { OverrideStore } from '../config/override-store.js';
import { CommandError } from './command-error.js';
import { interrupted } from './command-runner.js';
import type { CommandLedger } from './ledger.js';
import type { CommandName } from './reply-messages.js';

/**
 * Answers the commands that an earlier run of the agent left open. A restart has happened by now, whatever
 * ended the agent; a setting is where its probation says; all else was interrupted.
 */
export async function recoverCommands(ledger: CommandLedger, store: OverrideStore): Promise<void> {
  for (const entry of ledger.unsettled()) {
    const { reply } = entry;
    if (reply.state === 'successful' || reply.state === 'failed') await ledger.tellAgain(entry);
    else if (reply.command === 'restart') await ledger.succeed(reply);
    else if (reply.command === 'set-config') await settleSetting(reply, ledger, store);
    else await ledger.fail(reply, interrupted());
  }
}

/** Answers a set-config command as its probation ended. One that is still open stays so. */
export async function settleSetting(
  command: CommandName,
  ledger: CommandLedger,
  store: OverrideStore,
): Promise<void> {
  const fate = store.fateOf(command.id);
  switch (fate.outcome) {
    case 'confirmed':
      return ledger.succeed(command, { overrides: store.confirmed });
    case 'rolled-back':
      return ledger.fail(command, new CommandError('failed', `The old value is back: ${fate.reason}`));
    case 'unknown':
      return ledger.fail(command, interrupted());
    case 'on-probation':
      return;
  }
}
