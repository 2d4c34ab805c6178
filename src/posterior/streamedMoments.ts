/** Moments of every scalar of a posterior from draws that stream past on the device. */
import { MOST_ABOVE_LEVEL, SCALAR_SUMS, SUM_INPUTS, scalarSum, WEIGHT_SUMS, weightSum } from "./chunkSums.ts";
import { type Layout, type Scalar, valueOutput } from "./layout.ts";
import { MomentSums, pivotAndScale } from "./moments.ts";
import type { Chunk, DrawProgram, DrawRange } from "./programs.ts";

/** What a level is where there is none: no weight is taken then. */
const LOWEST = -3e38;

/**
 * Takes chunk by chunk the sums of a program of draws. They are about pivots and in units of scales that come from a first
 * look at some draws, with weights relative to a level; a chunk whose weights rise far above it is summed once more.
 */
export class StreamedMoments {
  readonly #repeated: { readonly start: number; readonly count: number; readonly largest: number }[] = [];
  #level = -Infinity;

  private constructor(
    readonly program: DrawProgram,
    readonly layout: Layout,
    readonly sums: MomentSums,
  ) {}

  /** Looks at the first draws of a range. */
  static async begin(program: DrawProgram, layout: Layout, draws: number, range: DrawRange): Promise<StreamedMoments> {
    const pivots = new Float64Array(layout.scalars.length);
    const scales = new Float64Array(layout.scalars.length).fill(1);
    const moments = new StreamedMoments(program, layout, new MomentSums(pivots, scales));
    const read = (): string[] => ["logJoint", "logDensity", ...layout.sites.map(({ name }) => valueOutput(name))];
    let level = -Infinity;
    moments.#tell(level);
    await program.forEachChunk(Math.min(draws, program.chunk), { ...range, read }, (chunk) => {
      const logDensity = chunk.column("logDensity");
      for (const [i, value] of chunk.column("logJoint").entries()) {
        const logWeight = value - logDensity[i]!;
        if (logWeight > level && Number.isFinite(logWeight)) level = logWeight;
      }
      for (const [i, { site, position }] of layout.scalars.entries()) {
        const { pivot, scale } = pivotAndScale(chunk.column(valueOutput(site.name), position));
        pivots[i] = pivot;
        scales[i] = scale;
      }
    });
    moments.#tell(level);
    return moments;
  }

  /** Gives the program the pivots, the scales and a level; minus infinity where no weight is known yet. */
  #tell(level: number): void {
    const { program, layout, sums } = this;
    for (const { name, first, size } of layout.sites) {
      // Inputs are in canonical layout, as values are.
      const canonical = (values: ArrayLike<number>): Float64Array => {
        const own = new Float64Array(size);
        for (let i = first; i < first + size; i++) own[layout.scalars[i]!.position] = values[i]!;
        return own;
      };
      program.write(SUM_INPUTS.pivot(name), canonical(sums.pivots));
      program.write(SUM_INPUTS.scale(name), canonical(sums.scales));
    }
    this.#level = Math.fround(level);
    program.write(SUM_INPUTS.level, [Math.max(this.#level, LOWEST)]);
  }

  /** Outputs that a chunk must have to be taken. */
  get outputs(): string[] {
    return [
      ...WEIGHT_SUMS.map(weightSum),
      ...this.layout.sites.flatMap(({ name }) => SCALAR_SUMS.map((sum) => scalarSum(name, sum))),
    ];
  }

  /** Takes a chunk whose largest finite log weight is given, or puts it aside. */
  take(chunk: Chunk, largest: number): void {
    if (largest > this.#level + MOST_ABOVE_LEVEL) {
      this.#repeated.push({ start: chunk.start, count: chunk.count, largest });
      return;
    }
    this.sums.add(
      chunk.count,
      this.#level,
      (name) => chunk.total(weightSum(name)),
      (scalar, name) => this.#sumOf(chunk, this.layout.scalars[scalar]!, name),
    );
  }

  #sumOf(chunk: Chunk, { site, position }: Scalar, name: (typeof SCALAR_SUMS)[number]): number {
    return chunk.total(scalarSum(site.name, name), position);
  }

  /** Sums the chunks once more that were put aside, of a range that is otherwise done, at a level that suits them. */
  async finish(range: DrawRange): Promise<void> {
    if (this.#repeated.length === 0) return;
    this.#tell(this.#repeated.reduce((most, { largest }) => Math.max(most, largest), -Infinity));
    const read = (): string[] => this.outputs;
    for (const { start, count, largest } of this.#repeated.splice(0)) {
      await this.program.forEachChunk(count, { ...range, from: (range.from ?? 0) + start, read }, (chunk) =>
        this.take(chunk, largest),
      );
    }
  }
}
