/** `device: "cpu"`: programs run by the float64 interpreter. */
import { sizeOf } from "../graph/axis.ts";
import { GraphError } from "../graph/errors.ts";
import {
  type Backend,
  checkProgram,
  type Executable,
  type Explanation,
  type ProgramSpec,
  programInputs,
} from "../graph/program.ts";
import { simplify } from "../graph/simplify.ts";
import { Value } from "../graph/value.ts";
import { expandTo } from "./expand.ts";
import { compileEvaluator, type Evaluator } from "./interpreter.ts";
import { special1, special2 } from "./maps.ts";

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
    dispose() {},
  };
}

class CpuExecutable implements Executable {
  readonly #inputs: Map<string, Value>;
  readonly #bound = new Map<string, Float64Array>();
  readonly #results = new Map<string, Float64Array>();
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
    const { next = {}, trace = {}, outputs } = spec;
    this.#stepNames = { next: Object.keys(next), trace: Object.keys(trace), outputs: Object.keys(outputs) };
    const asWritten = [...Object.values(next), ...Object.values(trace), ...Object.values(outputs)];
    const all = simplified ? simplify(asWritten, { keepStops: false, special1, special2 }) : asWritten;
    const carried = all.slice(0, all.length - this.#stepNames.outputs.length);
    if (carried.length > 0) this.#step = compileEvaluator(carried);
    this.#last = this.#step !== undefined && all.length === carried.length ? this.#step : compileEvaluator(all);
  }

  hasInput(name: string): boolean {
    return this.#inputs.has(name) || this.spec.next?.[name] !== undefined;
  }

  write(name: string, values: ArrayLike<number>): void {
    const expected = (this.#inputs.get(name) ?? this.spec.next?.[name])?.size;
    if (expected === undefined) throw new GraphError(`program "${this.spec.name}" has no input "${name}"`);
    if (values.length !== expected) {
      throw new GraphError(
        `program "${this.spec.name}": input "${name}" takes ${expected} values, got ${values.length}`,
      );
    }
    this.#bound.set(name, Float64Array.from(values));
  }

  async run(steps = 1): Promise<void> {
    const { next, trace, outputs } = this.#stepNames;
    const traces = trace.map(() => new Float64Array(steps));
    let sliceStart = performance.now();
    for (let step = 0; step < steps; step++) {
      const isLast = step === steps - 1;
      const results = isLast || this.#step === undefined ? this.#last(this.#bound) : this.#step(this.#bound);
      trace.forEach((_, k) => {
        traces[k]![step] = results[next.length + k]![0]!;
      });
      next.forEach((name, k) => {
        const state = this.#inputs.get(name);
        const value = this.spec.next![name]!;
        this.#bound.set(name, state === undefined ? results[k]! : expandTo(results[k]!, value.axes, state.axes));
      });
      if (isLast) {
        outputs.forEach((name, k) => {
          this.#results.set(name, results[next.length + trace.length + k]!);
        });
      } else if (performance.now() - sliceStart > SLICE_MS) {
        await new Promise((resolve) => setTimeout(resolve, 0));
        sliceStart = performance.now();
      }
    }
    trace.forEach((name, k) => {
      this.#results.set(name, traces[k]!);
    });
  }

  async read(names: readonly string[]): Promise<Record<string, Float64Array>> {
    const found: Record<string, Float64Array> = {};
    for (const name of names) {
      const values = this.#results.get(name) ?? this.#bound.get(name);
      if (values === undefined) throw new GraphError(`program "${this.spec.name}" has nothing named "${name}" to read`);
      found[name] = values.slice();
    }
    return found;
  }

  explain(): Explanation {
    const { outputs, next = {}, trace = {} } = this.spec;
    const roots = [...Object.values(next), ...Object.values(trace), ...Object.values(outputs)];
    const nodes = Value.topological(roots);
    const bytes = nodes.reduce((sum, value) => sum + 8 * value.size, 0);
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
    this.#bound.clear();
    this.#results.clear();
  }
}

function operations(value: Value): number {
  switch (value.op.kind) {
    case "map":
      return value.size;
    case "reduce":
    case "segment":
      return sizeOf(value.inputs[0]!.axes);
    case "triangularSolve":
      return value.size * value.op.row.size;
    default:
      return 0;
  }
}
