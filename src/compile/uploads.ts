/** Small pieces that the host writes into buffers, gathered until they are needed there. */
import type { GpuBuffer, GpuDevice } from "../webgpu/device.ts";

/** Pieces no further apart are written as one: between them is only what rounds a length up. */
const GAP_WORDS = 15;

type Words = Uint32Array<ArrayBuffer>;

export class Uploads {
  readonly #pending = new Map<GpuBuffer, Map<number, Words>>();

  constructor(readonly device: GpuDevice) {}

  /** Words at a position of a buffer; always as many as before at the same position. */
  add(buffer: GpuBuffer, offset: number, words: Words): void {
    const pieces = this.#pending.get(buffer) ?? new Map<number, Words>();
    this.#pending.set(buffer, pieces.set(offset, words));
  }

  /** Writes what has been gathered, neighbours together. */
  flush(): void {
    for (const [buffer, pieces] of this.#pending) {
      const ordered = [...pieces].sort(([a], [b]) => a - b);
      for (let from = 0; from < ordered.length; ) {
        let to = from + 1;
        const endOf = (i: number): number => ordered[i]![0] + ordered[i]![1].length;
        while (to < ordered.length && ordered[to]![0] - endOf(to - 1) <= GAP_WORDS) to++;
        const start = ordered[from]![0];
        const joined = to === from + 1 ? ordered[from]![1] : new Uint32Array(endOf(to - 1) - start);
        if (to > from + 1) for (const [offset, words] of ordered.slice(from, to)) joined.set(words, offset - start);
        this.device.write(buffer, 4 * start, joined);
        from = to;
      }
    }
    this.#pending.clear();
  }
}
