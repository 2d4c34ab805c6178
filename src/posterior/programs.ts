/** Compiled programs over draws of a fitted guide, run chunk by chunk: memory does not grow with the number of draws. */
import { drawAxis, isDrawAxis } from "../graph/axis.ts";
import { ElbowError } from "../graph/errors.ts";
import { type Backend, type Executable, madeOnce, type ProgramSpec } from "../graph/program.ts";
import { Value } from "../graph/value.ts";
import type { LogJoint } from "../model/sites.ts";
import { SUM_INPUTS } from "./chunkSums.ts";
import type { Fitted } from "./fitted.ts";
import { constantInput, lambdaInput } from "./inputs.ts";
import { type Proposal, type ProposalDraws, propose } from "./proposal.ts";

/** Values of `step` that no optimisation reaches: the draws of a posterior are none of those it was fitted with. */
export const STEPS = {
  check: 0xffff0000,
  evidence: 0xfffe0000,
  sample: 0xfffd0000,
  predict: 0xfffc0000,
  prior: 0xfffb0000,
} as const;

/** Draws a chunk holds at most, and the fewest worth a dispatch. */
const LARGEST_CHUNK = 16_384;
const SMALLEST_CHUNK = 64;
/** Codes of errors that a smaller chunk may avoid. */
const OUT_OF_MEMORY: readonly string[] = ["memory-plan", "out-of-memory"];
/** Longest stretch before other tasks of the process get their turn, as far as chunks allow. */
const SLICE_MS = 12;

/**
 * Outputs of a program by name, built from the draws of the proposal and the log joint there: with discrete sites summed out,
 * and, for a guide that has a q of them, averaged over that, as in the bound that the fit maximised.
 */
export type Outputs = (draws: ProposalDraws, joint: LogJoint, bound: LogJoint) => Readonly<Record<string, Value>>;

export interface DrawRange {
  /** One of STEPS. */
  readonly step: number;
  readonly seed: number;
  /** First draw, default 0. */
  readonly from?: number;
  /** Outputs that a chunk beginning at this draw (of those asked for) is to have. Default: all. */
  readonly read?: (start: number) => readonly string[];
}

/** Some consecutive draws. */
export interface Chunk {
  /** Position of the first draw among those asked for. */
  readonly start: number;
  readonly count: number;
  /** An output that is one number a draw, or one entry of an output with more axes, by its canonical position. */
  column(name: string, position?: number): Float64Array;
  /** An entry of an output that is summed over the draws. */
  total(name: string, position?: number): number;
}

/** What draws are computed for. */
export interface DrawPurpose {
  /** Names it among the programs of the same fit. */
  readonly purpose: string;
  readonly proposal: Proposal;
  readonly build: Outputs;
  /** Draws usually asked for at once: the chunk is a fair share of them. */
  readonly usual: number;
}

interface DrawGraph {
  readonly outputs: Readonly<Record<string, Value>>;
  /** Of those that are not constant. */
  readonly spec: ProgramSpec;
}

/** A program over draws with λ, the guide's constants, seed and offset as its parameters. */
export class DrawProgram {
  #busy: Promise<void> = Promise.resolve();

  private constructor(
    readonly outputs: Readonly<Record<string, Value>>,
    /** Draws a run computes. */
    readonly chunk: number,
    readonly executable: Executable,
  ) {}

  static async compile(
    fitted: Fitted,
    backend: Backend,
    { purpose, proposal, build, usual }: DrawPurpose,
  ): Promise<DrawProgram> {
    const make = (draws: number): DrawGraph =>
      madeOnce(backend, `${draws} draws for ${purpose}`, () => {
        const drawn = propose(fitted, proposal, drawAxis(draws));
        const joint = fitted.model.at(drawn.z);
        const bound = drawn.discrete.size === 0 ? joint : fitted.model.at(drawn.z, drawn.discrete);
        const outputs = build(drawn, joint, bound);
        const computed = Object.entries(outputs).filter(([, value]) => value.op.kind !== "constant");
        return { outputs, spec: { name: `draws of ${fitted.model.name}`, outputs: Object.fromEntries(computed) } };
      });
    // The graph is measured at one size and built at another: node sizes are proportional to the draws.
    let chunk = madeOnce(backend, `chunk for ${purpose}`, () =>
      chunkFor(make(SMALLEST_CHUNK).outputs, SMALLEST_CHUNK, backend.kind, usual),
    );
    for (;;) {
      const { outputs, spec } = make(chunk);
      try {
        const program = new DrawProgram(outputs, chunk, await backend.compile(spec));
        program.#bind(fitted);
        return program;
      } catch (error) {
        const full = error instanceof ElbowError && OUT_OF_MEMORY.includes(error.code);
        if (!full || chunk <= SMALLEST_CHUNK) throw error;
        chunk = Math.max(SMALLEST_CHUNK, Math.ceil(chunk / 4 / SMALLEST_CHUNK) * SMALLEST_CHUNK);
      }
    }
  }

  #bind(fitted: Fitted): void {
    for (const [name, values] of fitted.model.inputs) this.write(name, values);
    for (const [name, values] of Object.entries(fitted.lambda)) this.write(lambdaInput(name), values);
    for (const [name, { values }] of Object.entries(fitted.guide.constants)) this.write(constantInput(name), values);
  }

  /** Visits `draws` draws in order. Calls that overlap in time wait for each other. */
  async forEachChunk(draws: number, range: DrawRange, visit: (chunk: Chunk) => void): Promise<void> {
    const before = this.#busy;
    let free = (): void => {};
    this.#busy = new Promise((resolve) => {
      free = resolve;
    });
    await before;
    try {
      const from = range.from ?? 0;
      this.write("seed", [range.seed >>> 0]);
      this.write("step", [range.step >>> 0]);
      const read = range.read ?? (() => Object.keys(this.outputs));
      let since = performance.now();
      for (let start = 0; start < draws; start += this.chunk) {
        if (performance.now() - since > SLICE_MS) {
          await new Promise((resolve) => setTimeout(resolve, 0));
          since = performance.now();
        }
        const count = Math.min(this.chunk, draws - start);
        this.write("drawOffset", [(from + start) >>> 0]);
        this.write(SUM_INPUTS.count, [count]);
        await this.executable.run();
        const names = read(start).filter((name) => this.outputs[name]!.op.kind !== "constant");
        visit(this.#view(await this.executable.read(names), start, count));
      }
    } finally {
      free();
    }
  }

  /** Sets an input, if the program has it. */
  write(name: string, values: ArrayLike<number>): void {
    if (this.executable.hasInput(name)) this.executable.write(name, values);
  }

  #view(arrays: Readonly<Record<string, Float64Array>>, start: number, count: number): Chunk {
    const column = (name: string, position = 0): Float64Array => {
      const value = this.outputs[name]!;
      if (value.op.kind === "constant") return new Float64Array(count).fill(value.op.value);
      const array = arrays[name]!;
      if (!value.axes.some(isDrawAxis)) return new Float64Array(count).fill(array[position]!);
      return array.subarray(position * this.chunk, position * this.chunk + count);
    };
    const total = (name: string, position = 0): number => {
      const { op } = this.outputs[name]!;
      return op.kind === "constant" ? op.value : arrays[name]![position]!;
    };
    return { start, count, column, total };
  }

  dispose(): void {
    this.executable.dispose();
  }
}

/**
 * Draws of one run: few enough that what is read back stays under 16 MiB and that a run is short — an array of the
 * interpreter 8 MiB, the largest value on a GPU, which is hardly ever materialised, 2³⁰ entries — and such that the draws
 * usually asked for fill their last chunk.
 */
function chunkFor(
  outputs: Readonly<Record<string, Value>>,
  draws: number,
  kind: Backend["kind"],
  usual: number,
): number {
  const perDraw = (value: Value): number => (value.axes.some(isDrawAxis) ? value.size / draws : 0);
  const readBack = Object.values(outputs).reduce((total, value) => total + perDraw(value), 1);
  const largest = Value.topological(Object.values(outputs)).reduce((most, v) => Math.max(most, perDraw(v)), 1);
  const room = kind === "cpu" ? 2 ** 20 / largest : 2 ** 30 / largest;
  const most = Math.min(LARGEST_CHUNK, 2 ** 22 / readBack, room);
  const chunks = Math.ceil(usual / Math.max(most, 1));
  const share = Math.ceil(usual / chunks / SMALLEST_CHUNK) * SMALLEST_CHUNK;
  return Math.max(SMALLEST_CHUNK, Math.min(share, Math.ceil(most / SMALLEST_CHUNK) * SMALLEST_CHUNK));
}

/** Programs by purpose, compiled when they are first asked for and kept. */
export class DrawPrograms {
  readonly #made = new Map<string, Promise<DrawProgram>>();

  get(key: string, compile: () => Promise<DrawProgram>): Promise<DrawProgram> {
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const made = compile();
    this.#made.set(key, made);
    made.catch(() => this.#made.delete(key));
    return made;
  }

  /** Disposes of all, of those that are being compiled as soon as they are. */
  async release(): Promise<void> {
    const programs = [...this.#made.values()];
    this.#made.clear();
    await Promise.all(
      programs.map((program) =>
        program.then(
          (made) => made.dispose(),
          () => {},
        ),
      ),
    );
  }
}
