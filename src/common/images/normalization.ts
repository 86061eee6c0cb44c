/**
 * How a pixel becomes a network input: `(pixel - ZERO_PIXEL) * PIXEL_SCALE`, so 0..255 becomes -1..0.992.
 *
 * It is an exact int8-style quantisation (scale 1/128, zero point 128), so a quantised graph starts at the
 * raw bytes and nothing is rounded on the way in.
 */
export const ZERO_PIXEL = 128;
export const PIXEL_SCALE = 1 / 128;
