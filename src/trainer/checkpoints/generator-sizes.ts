import { expected } from '@oneface/common/errors/errors';

/** The sizes of a StyleGAN2 generator, all taken from its tensors. */
export interface GeneratorSizes {
  /** width and height of its pictures, in pixels */
  readonly resolution: number;
  /** length of the latent z that goes into the mapping network */
  readonly zSize: number;
  /** length of the latent w that goes into every style */
  readonly wSize: number;
  /** fully connected layers from z to w */
  readonly mappingLayers: number;
  /** feature channels at 4, 8, 16, ... pixels, up to the resolution */
  readonly channels: readonly number[];
}

type Shape = readonly number[];

const KERNEL = 3;
const COLOURS = 3;
const SMALLEST_RESOLUTION = 4;
/** 4 * 2^10 pixels: four times the largest published network. */
const MOST_DOUBLINGS = 10;
const MOST_MAPPING_LAYERS = 64;
/** 1 GiB of floats; the largest published generator (1024 px) has 30 million values. */
const MOST_VALUES = 2 ** 28;

/**
 * Takes the sizes of a generator from the shapes of its tensors and checks all shapes against each other.
 *
 * @param shapes shape by name, names as in rosinality's code (see `generatorShapes`)
 * @param subject names the file in errors
 * @returns the sizes; noise maps and the average latent are checked if they are there
 * @throws InputError if a tensor is missing, has a shape that does not fit, or does not belong
 */
export function measureGenerator(shapes: ReadonlyMap<string, Shape>, subject: string): GeneratorSizes {
  const mappingLayers = countNumbered(shapes, (i) => `style.${i + 1}.weight`, MOST_MAPPING_LAYERS);
  const doublings = countNumbered(shapes, (k) => `convs.${2 * k}.conv.weight`, MOST_DOUBLINGS);
  if (mappingLayers === 0 || doublings === 0) {
    throw expected('the mapping network and synthesis of StyleGAN2', subject, [...shapes.keys()].slice(0, 3));
  }
  const axis = (name: string, index: number) => {
    const size = shapes.get(name)?.[index];
    if (size === undefined || size < 1)
      throw expected(`a size on axis ${index}`, `${name} in ${subject}`, size);
    return size;
  };
  const upConvolutions = Array.from({ length: doublings }, (_, k) => axis(`convs.${2 * k}.conv.weight`, 1));
  const sizes: GeneratorSizes = {
    resolution: SMALLEST_RESOLUTION * 2 ** doublings,
    zSize: axis('style.1.weight', 1),
    wSize: axis('style.1.weight', 0),
    mappingLayers,
    channels: [axis('conv1.conv.weight', 1), ...upConvolutions],
  };
  checkShapes(shapes, generatorShapes(sizes), optionalShapes(sizes), subject);
  return sizes;
}

/** The tensors that every generator of these sizes has, by name, in the order in which they are used. */
export function generatorShapes(sizes: GeneratorSizes): Map<string, Shape> {
  const { zSize, wSize, mappingLayers, channels } = sizes;
  const shapes = new Map<string, Shape>();
  for (let i = 1; i <= mappingLayers; i++) {
    shapes.set(`style.${i}.weight`, [wSize, i === 1 ? zSize : wSize]);
    shapes.set(`style.${i}.bias`, [wSize]);
  }
  const [first = 0] = channels;
  shapes.set('input.input', [1, first, SMALLEST_RESOLUTION, SMALLEST_RESOLUTION]);
  addConvolution(shapes, 'conv1', first, first, wSize);
  addToRgb(shapes, 'to_rgb1', first, wSize);
  for (let k = 0; k + 1 < channels.length; k++) {
    const below = channels[k] ?? 0;
    const here = channels[k + 1] ?? 0;
    addConvolution(shapes, `convs.${2 * k}`, below, here, wSize);
    addConvolution(shapes, `convs.${2 * k + 1}`, here, here, wSize);
    addToRgb(shapes, `to_rgbs.${k}`, here, wSize);
  }
  return shapes;
}

/** The noise map of each styled convolution, by name: one at 4 pixels, two at every larger resolution. */
export function noiseShapes(sizes: GeneratorSizes): Map<string, Shape> {
  const shapes = new Map<string, Shape>();
  for (let i = 0; i < 2 * sizes.channels.length - 1; i++) {
    const pixels = SMALLEST_RESOLUTION * 2 ** Math.ceil(i / 2);
    shapes.set(`noises.noise_${i}`, [1, 1, pixels, pixels]);
  }
  return shapes;
}

function optionalShapes(sizes: GeneratorSizes): Map<string, Shape> {
  return new Map([...noiseShapes(sizes), ['latent_avg', [sizes.wSize]]]);
}

function addConvolution(shapes: Map<string, Shape>, name: string, from: number, to: number, wSize: number) {
  shapes.set(`${name}.conv.weight`, [1, to, from, KERNEL, KERNEL]);
  addModulation(shapes, name, from, wSize);
  shapes.set(`${name}.noise.weight`, [1]);
  shapes.set(`${name}.activate.bias`, [to]);
}

function addToRgb(shapes: Map<string, Shape>, name: string, from: number, wSize: number) {
  shapes.set(`${name}.conv.weight`, [1, COLOURS, from, 1, 1]);
  addModulation(shapes, name, from, wSize);
  shapes.set(`${name}.bias`, [1, COLOURS, 1, 1]);
}

function addModulation(shapes: Map<string, Shape>, name: string, from: number, wSize: number) {
  shapes.set(`${name}.conv.modulation.weight`, [from, wSize]);
  shapes.set(`${name}.conv.modulation.bias`, [from]);
}

function checkShapes(
  shapes: ReadonlyMap<string, Shape>,
  required: ReadonlyMap<string, Shape>,
  optional: ReadonlyMap<string, Shape>,
  subject: string,
): void {
  let values = 0;
  for (const name of required.keys()) {
    if (!shapes.has(name)) throw expected('a tensor', `${name} in ${subject}`, undefined);
  }
  for (const [name, shape] of shapes) {
    const wanted = required.get(name) ?? optional.get(name);
    if (wanted === undefined) throw expected('only the tensors of StyleGAN2', subject, name);
    const fits = wanted.length === shape.length && wanted.every((size, axis) => size === shape[axis]);
    if (!fits) throw expected(`shape ${JSON.stringify(wanted)}`, `${name} in ${subject}`, shape);
    values += wanted.reduce((count, size) => count * size, 1);
  }
  if (values > MOST_VALUES)
    throw expected(`at most ${MOST_VALUES} values`, `the generator in ${subject}`, values);
  const noises = [...optional.keys()].filter((name) => name.startsWith('noises.'));
  const present = noises.filter((name) => shapes.has(name)).length;
  if (present > 0 && present < noises.length) throw expected('all noise maps or none', subject, present);
}

/** How many of the names 0, 1, 2, ... there are without a gap. */
function countNumbered(
  shapes: ReadonlyMap<string, Shape>,
  name: (i: number) => string,
  most: number,
): number {
  let count = 0;
  while (count < most && shapes.has(name(count))) count += 1;
  return count;
}
