/** Mean of each channel over all pictures and positions. */
export class ChannelMeans {
  readonly #sums: Float64Array;
  #countPerChannel = 0;

  constructor(channels: number) {
    this.#sums = new Float64Array(channels);
  }

  /** @param values [channels, height, width] */
  add(values: Float32Array): void {
    const area = values.length / this.#sums.length;
    this.#sums.forEach((sum, channel) => {
      for (let i = channel * area; i < (channel + 1) * area; i++) sum += values[i] as number;
      this.#sums[channel] = sum;
    });
    this.#countPerChannel += area;
  }

  /** [channels] */
  values(): readonly number[] {
    return Array.from(this.#sums, (sum) => sum / this.#countPerChannel);
  }
}
