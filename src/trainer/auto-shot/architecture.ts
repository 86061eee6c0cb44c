/**
 * The auto-shot segmenter as a list of layers: the one description that training, export and
 * quantisation all read.
 *
 * Only operations that ONNX Runtime runs in whole numbers are allowed, so that every device gives the
 * same masks. A layer may read only layers before it; `PIXELS` is the normalised picture.
 */
export type Layer =
  | {
      /** Convolution with "same" padding as TensorFlow pads it; batch norm and bias fold into `bias`. */
      readonly op: 'conv';
      readonly name: string;
      readonly input: string;
      readonly filters: number;
      readonly kernel: 1 | 3;
      readonly stride: 1 | 2;
      readonly activation: 'relu' | 'none';
    }
  | {
      /** Nearest-neighbour enlargement by two. */
      readonly op: 'upsample';
      readonly name: string;
      readonly input: string;
    }
  | {
      /** Channels of the inputs one after the other; all inputs have one size. */
      readonly op: 'concat';
      readonly name: string;
      readonly inputs: readonly string[];
    };

/** Name of the network's input: [batch, height, width, 3], normalised as `images/normalization` says. */
export const PIXELS = 'pixels';

export interface Architecture {
  /** Input side in pixels; width and height are equal. */
  readonly inputSize: number;
  /** Side of the label grid. */
  readonly outputSize: number;
  readonly classes: number;
  /** In order of execution; the last one gives the logits [batch, outputSize, outputSize, classes]. */
  readonly layers: readonly Layer[];
}

/** Weights of one convolution after batch norm is folded in. */
export interface FoldedConvolution {
  /** [kernel, kernel, inputs, filters], row-major. */
  readonly kernel: Float32Array;
  readonly kernelShape: readonly [number, number, number, number];
  /** [filters] */
  readonly bias: Float32Array;
}

/** A trained network ready for export: the architecture and its convolutions by layer name. */
export interface FoldedNetwork {
  readonly architecture: Architecture;
  readonly convolutions: ReadonlyMap<string, FoldedConvolution>;
}

/**
 * A U-Net (Ronneberger et al. 2015) whose stem halves the picture, so that labels come at half size.
 *
 * Against the paper's U-Net: plain 3x3 convolutions, nearest enlargement in place of bilinear (which no
 * integer kernel does), and a width that a Raspberry Pi 4 can run.
 *
 * @param inputSize side in pixels, a multiple of 2^(widths.length)
 * @param classes number of labels
 * @param widths channels per level, finest (half size) first
 */
export function unet(inputSize: number, classes: number, widths: readonly number[]): Architecture {
  const layers: Layer[] = [];
  const conv = (name: string, input: string, filters: number, stride: 1 | 2 = 1) => {
    layers.push({ op: 'conv', name, input, filters, kernel: 3, stride, activation: 'relu' });
    return name;
  };
  const skips: string[] = [];
  let last = PIXELS;
  widths.forEach((width, level) => {
    last = conv(`down${level}a`, last, width, 2);
    last = conv(`down${level}b`, last, width);
    skips.push(last);
  });
  for (let level = widths.length - 2; level >= 0; level--) {
    const width = widths[level] as number;
    layers.push({ op: 'upsample', name: `up${level}`, input: last });
    layers.push({ op: 'concat', name: `skip${level}`, inputs: [`up${level}`, skips[level] as string] });
    last = conv(`up${level}a`, `skip${level}`, width);
    last = conv(`up${level}b`, last, width);
  }
  layers.push({
    op: 'conv',
    name: 'logits',
    input: last,
    filters: classes,
    kernel: 1,
    stride: 1,
    activation: 'none',
  });
  return { inputSize, outputSize: inputSize / 2, classes, layers };
}
