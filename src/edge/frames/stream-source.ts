import { compileValidator } from '@oneface/common/schemas/validator';
import { streamProgram } from '../processes/stream-program.js';
import { rawSensorHint } from './camera-device.js';
import { type ContinuousSourceDeps, createContinuousSource } from './continuous-source.js';
import type { FrameSource } from './frame-source.js';
import { StreamSourceOptions } from './source-options.js';
import { streamComplaint } from './stream-complaint.js';
import { isReplay, streamArguments } from './stream-programs.js';
import { unbuffered } from './unbuffered.js';

/** What a stream source needs from outside. */
export interface StreamSourceDeps extends ContinuousSourceDeps {
  /** The folders of its PATH are searched for the camera program. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where /dev and /sys lie; "/" if left out. */
  readonly root?: string;
}

const validate = compileValidator(StreamSourceOptions, 'the camera');

/**
 * Makes a frame source of a program that writes one JPEG picture after the other for as long as it lives.
 * The program is started at once; one that hangs or dies is killed with its process group and started again
 * with growing pauses. It dies with the agent, however that ends.
 *
 * @throws InputError when an option is wrong
 */
export function createStreamSource(options: StreamSourceOptions, deps: StreamSourceDeps): FrameSource {
  const { program, device, stallSeconds } = validate(options);
  const args = streamArguments(options);
  return createContinuousSource(
    {
      name: `${program} ${device}`,
      replays: isReplay(device),
      stallSeconds,
      open: async (onBytes, signal) => {
        const { PATH } = deps.env;
        const command = program === 'v4l2-ctl' ? await unbuffered(program, args, PATH) : { program, args };
        const end = await streamProgram(command.program, command.args, { env: { PATH }, onBytes, signal });
        throw streamComplaint(options, end, await rawSensorHint(device, deps.root ?? '/'));
      },
    },
    deps,
  );
}
