/** IEEE 754 binary16: 1 sign bit, 5 exponent bits of bias 15, 10 fraction bits. */
const HALF_EXPONENT_BIAS = 15;
const HALF_FRACTION = 2 ** 10;
const HALF_EXPONENT_MASK = 0x1f;

/** The number that 16 bits of IEEE 754 half precision stand for. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & HALF_EXPONENT_MASK;
  const fraction = (bits & (HALF_FRACTION - 1)) / HALF_FRACTION;
  if (exponent === 0) return sign * 2 ** (1 - HALF_EXPONENT_BIAS) * fraction;
  if (exponent === HALF_EXPONENT_MASK) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * 2 ** (exponent - HALF_EXPONENT_BIAS) * (1 + fraction);
}

const word = new DataView(new ArrayBuffer(4));

/** The number that 16 bits of bfloat16 stand for: the upper half of a 32-bit float. */
export function bfloatToNumber(bits: number): number {
  word.setUint16(0, bits);
  return word.getFloat32(0);
}
