import type { TensorProto, ValueInfoProto } from './onnx-proto.js';
import {
  type AttributeProto,
  AttributeType,
  ElementType,
  encodeModel,
  type NodeProto,
} from './onnx-proto.js';

/** Quantised Resize, ArgMax and per-channel DequantizeLinear exist since 13; 17 is what IR version 8 goes with. */
const OPSET_VERSION = 17;
const IR_VERSION = 8;
const PRODUCER = 'oneface';

export type ElementTypeName = keyof typeof ElementType;

/** Values of an initialiser; the array's class is the element type. */
export type InitialiserData = Float32Array | Uint8Array | Int8Array | Int32Array;

/** Attributes of a node: whole numbers, lists of them, or text. */
export type Attributes = Readonly<Record<string, number | readonly number[] | string>>;

/** Collects the nodes and constants of one ONNX graph and writes it as a file. */
export class GraphBuilder {
  readonly #nodes: NodeProto[] = [];
  readonly #initialisers: TensorProto[] = [];
  readonly #inputs: ValueInfoProto[] = [];
  readonly #outputs: ValueInfoProto[] = [];

  /** Adds a constant; no dimensions make it a scalar. Returns its name. */
  initialiser(name: string, data: InitialiserData, dims: readonly number[] = []): string {
    const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.#initialisers.push({ name, dataType: ElementType[elementTypeOf(data)], dims, rawData });
    return name;
  }

  /** Adds an operator with one output, whose name is also the node's. Returns that name. */
  node(opType: string, inputs: readonly string[], output: string, attributes: Attributes = {}): string {
    const attribute = Object.entries(attributes).map(([name, value]) => attributeProto(name, value));
    this.#nodes.push({ name: output, opType, input: inputs, output: [output], attribute });
    return output;
  }

  /** Declares an input of the graph. */
  input(name: string, type: ElementTypeName, dims: readonly number[]): void {
    this.#inputs.push(valueInfo(name, type, dims));
  }

  /** Declares a node's output an output of the graph. */
  output(name: string, type: ElementTypeName, dims: readonly number[]): void {
    this.#outputs.push(valueInfo(name, type, dims));
  }

  /** The ONNX file. */
  build(graphName: string): Uint8Array {
    return encodeModel({
      irVersion: IR_VERSION,
      producerName: PRODUCER,
      opsetImport: [{ domain: '', version: OPSET_VERSION }],
      graph: {
        name: graphName,
        node: this.#nodes,
        initializer: this.#initialisers,
        input: this.#inputs,
        output: this.#outputs,
      },
    });
  }
}

function elementTypeOf(data: InitialiserData): ElementTypeName {
  if (data instanceof Float32Array) return 'float';
  if (data instanceof Int8Array) return 'int8';
  return data instanceof Int32Array ? 'int32' : 'uint8';
}

function attributeProto(name: string, value: number | readonly number[] | string): AttributeProto {
  if (typeof value === 'number') return { name, type: AttributeType.int, i: value };
  if (typeof value === 'string') {
    return { name, type: AttributeType.string, s: new TextEncoder().encode(value) };
  }
  return { name, type: AttributeType.ints, ints: value };
}

function valueInfo(name: string, type: ElementTypeName, dims: readonly number[]): ValueInfoProto {
  const shape = { dim: dims.map((dimValue) => ({ dimValue })) };
  return { name, type: { tensorType: { elemType: ElementType[type], shape } } };
}
