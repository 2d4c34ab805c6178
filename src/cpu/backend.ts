/** `device: "cpu"`: programs run by the float64 interpreter. */
import { sizeOf } from "../graph/axis.ts";
import { GraphError } from "../graph/errors.ts";
import {
  type Backend,
  checkProgram,
  checkWrite,
  type Executable,
  type Explanation,
  type ProgramSpec,
  programInputs,
  stepsOfFits,
} from "../graph/program.ts";
import { simplify } from "../graph/simplify.ts";
import { Value } from "../graph/value.ts";
import { expandTo } from "./expand.ts";
import { compileEvaluator, type Evaluator } from "./interpreter.ts";
import { specialFunctions } from "./maps.ts";

/** Longest stretch of computing before other tasks of the process get their turn. */
const SLICE_MS = 12;

export interface CpuBackendOptions {
  /** Whether graphs are simplified first, as they are for the GPU (default); without, every node is run as written. */
  readonly simplify?: boolean;
}

export function cpuBackend({ simplify = true }: CpuBackendOptions = {}): Backend {
  return {
    kind: "cpu",
    description: "float64 interpreter",
    compile: async (spec) => new CpuExecutable(spec, simplify),
    estimate: (spec) => {
      const nodes = nodesOf(spec);
      return { operations: nodes.reduce((sum, v) => sum + operations(v), 0), bytes: bytesOf(nodes) };
    },
    dispose() {},
  };
}

/** What one fit has been given and has computed. */
interface Instance {
  readonly bound: Map<string, Float64Array>;
  readonly results: Map<string, Float64Array>;
}

class CpuExecutable implements Executable {
  readonly #inputs: Map<string, Value>;
  readonly #instances: readonly Instance[];
  /** One step, and the last step of a run, which alone computes the outputs. */
  readonly #step: Evaluator | undefined;
  readonly #last: Evaluator;
  readonly #stepNames: { next: string[]; trace: string[]; outputs: string[] };

  constructor(
    readonly spec: ProgramSpec,
    simplified: boolean,
  ) {
    checkProgram(spec);
    this.#inputs = programInputs(spec);
    this.#instances = Array.from({ length: spec.fits ?? 1 }, () => ({ bound: new Map(), results: new Map() }));
    const { next = {}, trace = {}, outputs } = spec;
    this.#stepNames = { next: Object.keys(next), trace: Object.keys(trace), outputs: Object.keys(outputs) };
    const asWritten = [...Object.values(next), ...Object.values(trace), ...Object.values(outputs)];
    const all = simplified ? simplify(asWritten, { keepStops: false, special: specialFunctions }) : asWritten;
    const carried = all.slice(0, all.length - this.#stepNames.outputs.length);
    if (carried.length > 0) this.#step = compileEvaluator(carried);
    this.#last = this.#step !== undefined && all.length === carried.length ? this.#step : compileEvaluator(all);
  }

  hasInput(name: string): boolean {
    return this.#inputs.has(name) || this.spec.next?.[name] !== undefined;
  }

  write(name: string, values: ArrayLike<number>, fit?: number): void {
    const size = (this.#inputs.get(name) ?? this.spec.next?.[name])?.size;
    if (size === undefined) throw new GraphError(`program "${this.spec.name}" has no input "${name}"`);
    checkWrite(this.spec, name, size, values.length, fit);
    const array = Float64Array.from(values);
    const written = fit === undefined ? this.#instances : [this.#instances[fit]!];
    for (const { bound } of written) bound.set(name, array);
  }

  async run(steps: number | ArrayLike<number> = 1): Promise<void> {
    const counts = stepsOfFits(this.spec, steps);
    const turn = { since: performance.now() };
    for (const [fit, instance] of this.#instances.entries()) await this.#runOne(instance, counts[fit]!, turn);
    const most = counts.reduce((a, b) => Math.max(a, b), 0);
    for (const [fit, { results }] of this.#instances.entries()) {
      // Each fit's row is as long as the longest.
      if (counts[fit]! < most) for (const name of this.#stepNames.trace) results.set(name, padded(results, name, most));
    }
  }

  async #runOne({ bound, results }: Instance, steps: number, turn: { since: number }): Promise<void> {
    const { next, trace, outputs } = this.#stepNames;
    const traces = trace.map(() => new Float64Array(steps));
    for (let step = 0; step < steps; step++) {
      const isLast = step === steps - 1;
      const computed = isLast || this.#step === undefined ? this.#last(bound) : this.#step(bound);
      trace.forEach((_, k) => {
        traces[k]![step] = computed[next.length + k]![0]!;
      });
      next.forEach((name, k) => {
        const state = this.#inputs.get(name);
        const value = this.spec.next![name]!;
        bound.set(name, state === undefined ? computed[k]! : expandTo(computed[k]!, value.axes, state.axes));
      });
      if (isLast) {
        outputs.forEach((name, k) => {
          results.set(name, computed[next.length + trace.length + k]!);
        });
      }
      if (performance.now() - turn.since > SLICE_MS) {
        await new Promise((resolve) => setTimeout(resolve, 0));
        turn.since = performance.now();
      }
    }
    trace.forEach((name, k) => {
      results.set(name, traces[k]!);
    });
  }

  async read(names: readonly string[], fits?: readonly number[]): Promise<Record<string, Float64Array>> {
    const instances = fits === undefined ? this.#instances : fits.map((fit) => this.#instances[fit]!);
    const found: Record<string, Float64Array> = {};
    for (const name of names) {
      const rows = instances.map(({ bound, results }) => {
        const row = results.get(name) ?? bound.get(name);
        if (row === undefined) throw new GraphError(`program "${this.spec.name}" has nothing named "${name}" to read`);
        return row;
      });
      const size = rows[0]?.length ?? 0;
      const all = new Float64Array(rows.length * size);
      for (const [i, row] of rows.entries()) all.set(row, i * size);
      found[name] = all;
    }
    return found;
  }

  explain(): Explanation {
    const nodes = nodesOf(this.spec);
    const bytes = bytesOf(nodes);
    const flops = nodes.reduce((sum, value) => sum + operations(value), 0);
    return {
      dispatchesPerStep: 0,
      stepsPerDispatch: 0,
      peakBytes: bytes,
      buffers: [...this.#inputs].map(([name, value]) => ({
        name,
        axes: value.axes.map(String),
        bytes: 8 * value.size,
      })),
      kernels: [{ name: this.spec.name, regime: "cpu", workgroups: 0, bytes, flops, wgsl: "" }],
    };
  }

  dispose(): void {
    for (const { bound, results } of this.#instances) {
      bound.clear();
      results.clear();
    }
  }
}

const nodesOf = ({ outputs, next = {}, trace = {} }: ProgramSpec): Value[] =>
  Value.topological([...Object.values(next), ...Object.values(trace), ...Object.values(outputs)]);

const bytesOf = (nodes: readonly Value[]): number => nodes.reduce((sum, value) => sum + 8 * value.size, 0);

function padded(results: ReadonlyMap<string, Float64Array>, name: string, length: number): Float64Array {
  const row = new Float64Array(length).fill(Number.NaN);
  row.set(results.get(name)!);
  return row;
}

function operations(value: Value): number {
  switch (value.op.kind) {
    case "map":
      return value.size;
    case "reduce":
    case "segment":
      return sizeOf(value.inputs[0]!.axes);
    case "triangularSolve":
    case "cholesky":
      return value.size * value.op.row.size;
    default:
      return 0;
  }
}
