/** Random numbers on the host from Threefry: a stream for every key, the same on every machine. */
import { erfinv } from "../cpu/special.ts";
import { foldKey, threefry2x32Into } from "../cpu/threefry.ts";
import type { HostRandom } from "../distributions/distribution.ts";

export class ThreefryRandom implements HostRandom {
  readonly #words = new Uint32Array(2);
  readonly #key: readonly [number, number];
  #counter = 0;

  /** Streams of different keys are independent. */
  constructor(
    seed: number,
    stream: number,
    step: number,
    readonly draw: number,
  ) {
    this.#key = foldKey(seed >>> 0, stream >>> 0, step >>> 0, 0);
  }

  /** On (0, 1), with 52 bits: (k + ½)/2⁵². */
  uniform(): number {
    threefry2x32Into(this.#words, 0, this.#key[0], this.#key[1], this.draw >>> 0, this.#counter++);
    return ((this.#words[0]! >>> 6) * 2 ** 26 + (this.#words[1]! >>> 6) + 0.5) / 2 ** 52;
  }

  /** By inversion of one uniform. */
  normal(): number {
    return Math.SQRT2 * erfinv(2 * this.uniform() - 1);
  }
}
