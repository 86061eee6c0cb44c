import type { Static, TObject, TSchema } from '@sinclair/typebox';
import { TypeCompiler } from '@sinclair/typebox/compiler';
import { type ValueError, ValueErrorType } from '@sinclair/typebox/errors';
import { expected, type InputError } from '../errors/errors.js';

/**
 * Compiles a schema to a function that takes any value and gives it back typed.
 *
 * The function throws an InputError that names the first thing that is wrong, such as
 * `Expected an integer from 0 to 2 for config.mqtt.qos but received 3`. In messages a schema's `title`
 * stands for it; without one its type and limits do. A value whose schema is `writeOnly` (a secret) is never
 * shown.
 *
 * @param subject what the value is called in messages, such as "config"
 */
export function compileValidator<T extends TSchema>(
  schema: T,
  subject: string,
): (value: unknown) => Static<T> {
  const compiled = TypeCompiler.Compile(schema);
  return (value) => {
    if (compiled.Check(value)) return value;
    const [error] = compiled.Errors(value);
    throw toInputError(error, subject);
  };
}

function toInputError(error: ValueError, subject: string): InputError {
  if (error.type === ValueErrorType.Union) return unionError(error, subject);
  if (error.type === ValueErrorType.ObjectAdditionalProperties) {
    const end = error.path.lastIndexOf('/');
    const known = Object.keys((error.schema as TObject).properties).join(', ');
    const owner = subject + dotted(error.path.slice(0, end));
    return expected(`one of ${known}`, `a field of ${owner}`, unescapeStep(error.path.slice(end + 1)));
  }
  return plainError(error, subject);
}

function plainError({ schema, path, value }: ValueError, subject: string): InputError {
  const received = schema.writeOnly === true && value !== undefined ? 'a value not shown' : value;
  return expected(describeSchema(schema), subject + dotted(path), received);
}

/** Where variants are told apart by a constant field, the complaint is about the variant that was meant. */
function unionError(error: ValueError, subject: string): InputError {
  const variants: TSchema[] = error.schema.anyOf;
  const field = discriminator(variants);
  if (field !== undefined && typeof error.value === 'object' && error.value !== null) {
    const given: unknown = (error.value as Record<string, unknown>)[field];
    const index = variants.findIndex((variant) => variant.properties[field].const === given);
    const inner = [...(error.errors[index] ?? [])];
    // A missing field that has a default is never what is wrong.
    const worst = inner.find(({ value, schema }) => value !== undefined || !('default' in schema));
    if (worst !== undefined) return toInputError(worst, subject);
    const choices = variants.map((variant) => JSON.stringify(variant.properties[field].const)).join(', ');
    return expected(`one of ${choices}`, `${subject}${dotted(error.path)}.${field}`, given);
  }
  return plainError(error, subject);
}

/** The field that holds a different constant in each variant, if there is one. */
function discriminator(variants: readonly TSchema[]): string | undefined {
  return Object.keys(variants[0]?.properties ?? {}).find((field) => {
    const constants = variants.map((variant) => variant.properties?.[field]?.const);
    return !constants.includes(undefined) && new Set(constants).size === variants.length;
  });
}

/** Says in words what a schema takes: "an integer from 1 to 64", `one of "a", "b"`. */
export function describeSchema(schema: TSchema): string {
  if (typeof schema.title === 'string') return schema.title;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (Array.isArray(schema.anyOf)) {
    const choices = [...new Set(schema.anyOf.map(describeSchema))];
    return choices.length === 1 ? choices[0] : `one of ${choices.join(', ')}`;
  }
  switch (schema.type) {
    case 'integer':
      return `an integer${range(schema)}`;
    case 'number':
      return `a number${range(schema)}`;
    case 'boolean':
      return 'true or false';
    case 'string':
      return text(schema);
    case 'array':
      return list(schema);
    default:
      return 'an object';
  }
}

function range(schema: TSchema): string {
  const least = schema.minimum ?? schema.exclusiveMinimum;
  const most = schema.maximum ?? schema.exclusiveMaximum;
  const from = schema.exclusiveMinimum === undefined ? 'of at least' : 'above';
  if (least === undefined) return most === undefined ? '' : ` of at most ${most}`;
  if (most === undefined) return ` ${from} ${least}`;
  return schema.exclusiveMinimum === undefined
    ? ` from ${least} to ${most}`
    : ` above ${least}, at most ${most}`;
}

function text({ minLength = 0, maxLength }: TSchema): string {
  if (maxLength === undefined) return minLength === 1 ? 'a text that is not empty' : 'a text';
  return minLength === 0
    ? `a text of at most ${maxLength} characters`
    : `a text of ${minLength} to ${maxLength} characters`;
}

function list({ minItems = 0, maxItems }: TSchema): string {
  if (maxItems === undefined) return 'a list';
  if (minItems === maxItems) return `a list of ${maxItems}`;
  return minItems === 0 ? `a list of at most ${maxItems}` : `a list of ${minItems} to ${maxItems}`;
}

/** JSON pointer ("/parts/0/name") as it would be written in code (".parts[0].name"). */
function dotted(pointer: string): string {
  const steps = pointer.split('/').slice(1).map(unescapeStep);
  return steps.map((step) => (/^\d+$/.test(step) ? `[${step}]` : `.${step}`)).join('');
}

function unescapeStep(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~');
}
