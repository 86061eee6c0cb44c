import { resolve } from 'node:path';
import { InputError } from '@oneface/common/errors/errors';
import { describeSchema } from '@oneface/common/schemas/validator';
import type { TSchema } from '@sinclair/typebox';
import { type PlannedStage, planStage } from '../pipeline/pipeline-file.js';
import { runPipeline } from '../pipeline/runner.js';
import type { Stage } from '../pipeline/stage.js';
import { ConsoleProgress } from '../progress/console-progress.js';
import type { Command, CommandIo, CommandOption } from './command.js';
import { positionalArguments, requiredOption, UsageError, usageError } from './options.js';

/**
 * Makes a command out of a pipeline's stage: it runs the stage alone in a run folder, on what earlier stages
 * left there, with an option for each of the stage's parameters. It is resumed and kept as in a pipeline.
 *
 * @param summary one line for the help
 */
export function stageCommand(stage: Stage, summary: string): Command {
  const parameters = Object.entries<TSchema>(stage.params.properties);
  const options: Record<string, CommandOption> = {
    run: {
      type: 'string',
      value: 'DIR',
      description: 'Run folder; the stage gets a folder of its own in it.',
    },
  };
  for (const [name, schema] of parameters) options[kebab(name)] = optionOf(schema);
  return {
    name: stage.name,
    summary,
    usage: '--run DIR [OPTIONS]',
    options,
    async run({ values, positionals }, io) {
      positionalArguments(positionals, []);
      const folder = requiredOption('--run', values.run as string | undefined);
      const params: Record<string, unknown> = {};
      for (const [name, schema] of parameters) {
        const text = values[kebab(name)] as string | undefined;
        if (text !== undefined) params[name] = parseValue(`--${kebab(name)}`, text, schema);
      }
      await runStage(stage, folder, params, io);
    },
  };
}

/**
 * Runs one stage in a run folder, on what earlier stages left there. Relative paths start at the working
 * folder.
 *
 * @throws UsageError when a parameter is missing or out of range
 * @throws whatever `runPipeline` throws
 */
export async function runStage(
  stage: Stage,
  folder: string,
  params: Readonly<Record<string, unknown>>,
  { stderr, signal, clock, now }: CommandIo,
): Promise<void> {
  const pipeline = { folder: resolve(folder), base: process.cwd(), stages: [plan(stage, params)] };
  await runPipeline(pipeline, { display: new ConsoleProgress(stderr, { now }), signal, clock, now });
}

function plan(stage: Stage, params: Readonly<Record<string, unknown>>): PlannedStage {
  try {
    return planStage(stage, params, stage.name);
  } catch (error) {
    throw error instanceof InputError ? new UsageError(error.message, { cause: error }) : error;
  }
}

function optionOf(schema: TSchema): CommandOption {
  const fallback = schema.default === undefined ? {} : { default: String(schema.default) };
  const description = schema.description ?? `${describeSchema(schema)}.`;
  return { type: 'string', value: 'VALUE', description, ...fallback };
}

/** Reads a number, a list of numbers or a text, as the schema says. */
function parseValue(option: string, text: string, schema: TSchema): unknown {
  if (schema.type === 'array') return text.split(',').map((item) => numberOf(option, item));
  return schema.type === 'integer' || schema.type === 'number' ? numberOf(option, text) : text;
}

function numberOf(option: string, text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isFinite(value)) throw usageError('a number', option, text);
  return value;
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
