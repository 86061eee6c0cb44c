/** One figure of a page in Prometheus' text format. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Page {
  readonly samples: Sample[];
  /** Type of each metric. */
  readonly types: ReadonlyMap<string, string>;
  /** The value of the one sample with this name and these labels. */
  value(name: string, labels?: Record<string, string>): number | undefined;
}

/**
 * Reads a page as https://prometheus.io/docs/instrumenting/exposition_formats describes it.
 *
 * @throws Error when a line is not of that format, a metric has no type, or a sample comes twice
 */
export function parsePage(text: string): Page {
  const types = new Map<string, string>();
  const samples: Sample[] = [];
  const seen = new Set<string>();
  if (!text.endsWith('\n')) throw new Error('The last line does not end');
  for (const line of text.split('\n').filter((line) => line !== '' && !line.startsWith('# HELP '))) {
    const [, typed, type] = /^# TYPE ([a-z_]+) (counter|gauge|summary)$/.exec(line) ?? [];
    if (typed !== undefined && type !== undefined) {
      types.set(typed, type);
      continue;
    }
    const [, name, inner = '', value] =
      /^([a-z_]+)(?:\{([^}]*)\})? (Nan|NaN|[+-]?[\d.eE+-]+)$/.exec(line) ?? [];
    if (name === undefined) throw new Error(`Not a line of the format: ${line}`);
    if (!types.has(name) && !types.has(name.replace(/_(sum|count)$/, '')))
      throw new Error(`No type: ${name}`);
    if (seen.has(`${name}{${inner}}`)) throw new Error(`Twice: ${line}`);
    seen.add(`${name}{${inner}}`);
    const labels = [...inner.matchAll(/([a-z_]+)="([^"]*)"/g)].map(([, key, label]) => [key, label]);
    samples.push({ name, labels: Object.fromEntries(labels), value: Number(value) });
  }
  return {
    samples,
    types,
    value: (name, labels = {}) =>
      samples.find(
        (sample) =>
          sample.name === name &&
          Object.entries(sample.labels).length === Object.entries(labels).length &&
          Object.entries(labels).every(([key, label]) => sample.labels[key] === label),
      )?.value,
  };
}
