import { writeFile } from 'node:fs/promises';
import sharp from 'sharp';
import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { InjectedFault } from './faults.js';
import type { Sample } from './sample.js';

const SECONDS_PER_MINUTE = 60;
const WIDTH = 1000;
const PANEL_HEIGHT = 120;
/** A kill takes no time; it is drawn this long, in minutes per minute of the soak. */
const LEAST_MARK = 0.002;
const PNG_DENSITY = 110;

const BLUE = '#1f77b4';
const ORANGE = '#e8710a';
const GREEN = '#2a7f3f';
const PURPLE = '#7b4fa3';
const GREY = '#777777';
const LATENCY_TICKS = [0.01, 0.1, 1, 10, 100, 1000];

export interface PlotData {
  readonly title: string;
  readonly subtitle: string;
  /** Of the whole soak. */
  readonly minutes: number;
  readonly samples: readonly Sample[];
  readonly faults: readonly InjectedFault[];
  /** Frames a second that the camera gives. */
  readonly perSecond: number;
}

/** Draws a soak: what arrived, how late, what waited, memory, and the faults, over one time axis. */
export async function drawPlot(data: PlotData): Promise<string> {
  const view = new View(parse(compile(plotSpec(data)).spec), { renderer: 'none' });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/** Draws a soak to an SVG file and a PNG file. */
export async function writePlot(data: PlotData, svgFile: string, pngFile: string): Promise<void> {
  const svg = await drawPlot(data);
  await writeFile(svgFile, `${svg}\n`);
  await sharp(Buffer.from(svg), { density: PNG_DENSITY })
    .flatten({ background: 'white' })
    .png()
    .toFile(pngFile);
}

function plotSpec({ title, subtitle, minutes, samples, faults, perSecond }: PlotData): TopLevelSpec {
  const rows = samples.map((sample) => ({ ...sample, minute: sample.seconds / SECONDS_PER_MINUTE }));
  const marks = faults.map(({ kind, from, to }) => ({
    kind,
    from: from / SECONDS_PER_MINUTE,
    to: Math.max((to ?? from) / SECONDS_PER_MINUTE, from / SECONDS_PER_MINUTE + minutes * LEAST_MARK),
  }));
  const x = (labels: boolean) => ({
    field: 'minute',
    type: 'quantitative' as const,
    scale: { domain: [0, minutes], nice: false },
    axis: labels ? { title: 'minutes' } : { labels: false, title: null, ticks: false },
  });
  const shade = {
    data: { name: 'faults' },
    mark: { type: 'rect' as const, color: '#b00020', opacity: 0.08 },
    encoding: {
      x: { field: 'from', type: 'quantitative' as const, scale: { domain: [0, minutes], nice: false } },
      x2: { field: 'to' },
    },
  };
  const line = (
    field: string,
    color: string,
    titleOfAxis: string,
    scale: object = {},
    axis: object = {},
  ) => ({
    data: { name: 'samples' },
    transform: [{ filter: `isValid(datum.${field})` }],
    mark: { type: 'line' as const, color, strokeWidth: 1.2 },
    encoding: {
      x: x(false),
      y: { field, type: 'quantitative' as const, title: titleOfAxis, scale, axis },
      detail: { field: 'life', type: 'nominal' as const },
    },
  });
  const panel = (heading: string, layers: object[]) => ({
    title: heading,
    width: WIDTH,
    height: PANEL_HEIGHT,
    layer: [shade, ...layers],
  });
  const latency = { type: 'log', base: 10 };
  const ticks = { values: LATENCY_TICKS };
  const spec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    title: { text: title, subtitle, anchor: 'start', fontSize: 16, subtitleFontSize: 12, offset: 12 },
    datasets: { samples: rows, faults: marks },
    vconcat: [
      panel(`Events that arrived, a second (the camera gives ${perSecond} frames a second)`, [
        line('eventsPerSecond', BLUE, 'events/s', { type: 'symlog', constant: 10 }),
      ]),
      panel('From frame to subscriber: p50 (blue) and p95 (orange)', [
        line('latencyP95', ORANGE, 'seconds', latency, ticks),
        line('latencyP50', BLUE, 'seconds', latency, ticks),
      ]),
      panel("Messages that wait in the agent's outbox", [line('queueMessages', PURPLE, 'messages')]),
      panel('Resident memory of the agent', [line('residentMib', GREEN, 'MiB', { zero: true })]),
      panel('Processor time of the agent', [line('processorPercent', GREY, '% of a core', { zero: true })]),
      {
        title: 'What was broken',
        width: WIDTH,
        height: { step: 16 },
        data: { name: 'faults' },
        mark: { type: 'bar', color: '#b00020', height: 10 },
        encoding: {
          x: { ...x(true), field: 'from' },
          x2: { field: 'to' },
          y: { field: 'kind', type: 'nominal', title: null },
        },
      },
    ],
    spacing: 14,
    config: {
      title: { anchor: 'start', frame: 'group', fontSize: 12 },
      view: { stroke: '#dddddd' },
      axis: { grid: true, gridColor: '#eeeeee', titleFontSize: 11 },
    },
  };
  return spec as TopLevelSpec;
}
