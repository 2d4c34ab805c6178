import { foldKey, normalFromBits, threefry2x32Into, uniformFromBits } from "../cpu/threefry.ts";

/** Streams of host randomness, away from those of guides. */
export const HOST_STREAMS = {
  starts: 0x48000001,
  score: 0x48000002,
  refine: 0x48000003,
  evaluate: 0x48000004,
  diagnose: 0x48000005,
  weights: 0x48000006,
} as const;

/** A sequence of host random numbers from an explicit seed: the counter-based generator of the programs. */
export class HostRandom {
  readonly #key: [number, number];
  readonly #words = new Uint32Array(2);
  #counter = 0;
  #spare: number | undefined;

  constructor(seed: number, stream: number) {
    this.#key = foldKey(seed >>> 0, stream, 0, 0);
  }

  #bits(): number {
    if (this.#spare !== undefined) {
      const bits = this.#spare;
      this.#spare = undefined;
      return bits;
    }
    threefry2x32Into(this.#words, 0, this.#key[0], this.#key[1], this.#counter++, 0);
    this.#spare = this.#words[1]!;
    return this.#words[0]!;
  }

  uniform(): number {
    return uniformFromBits(this.#bits());
  }

  normal = (): number => normalFromBits(this.#bits());

  normals(count: number): Float64Array {
    return this.fill(new Float64Array(count));
  }

  /** The same into an array. */
  fill(values: Float64Array): Float64Array {
    for (let i = 0; i < values.length; i++) values[i] = this.normal();
    return values;
  }
}
