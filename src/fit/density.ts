import { expandTo } from "../cpu/expand.ts";
import { gradient } from "../graph/autodiff.ts";
import { type Axis, drawAxis } from "../graph/axis.ts";
import { input } from "../graph/ops.ts";
import { type Backend, type Executable, madeOnce, type ProgramSpec } from "../graph/program.ts";
import type { Value } from "../graph/value.ts";
import type { TracedModel } from "../model/traced.ts";
import { throwIfAborted } from "./errors.ts";
import { vectors } from "./linalg.ts";
import type { BatchDensity, Evaluation } from "./start/density.ts";

/** The log joint and its gradient at batches of points, on a device. */
export interface DensityProgram {
  readonly density: BatchDensity;
  /** Points evaluated so far. */
  readonly evaluations: number;
  dispose(): void;
}

/** Writes the inputs that the program has; a simplified graph may have lost some. */
export function writeInputs(executable: Executable, values: Iterable<readonly [string, ArrayLike<number>]>): void {
  for (const [name, array] of values) if (executable.hasInput(name)) executable.write(name, array);
}

/** Compiles `logJoint[draw]` and `gradient[coordinate, draw]` for `batch` points a run. */
export async function compileDensity(
  model: TracedModel,
  backend: Backend,
  batch: number,
  signal?: AbortSignal,
): Promise<DensityProgram> {
  const { coordinate } = model;
  const size = coordinate.size;
  const { draw, all, spec } = madeOnce(backend, `density of ${batch}`, () => densityGraph(model, batch));
  const { logJoint, gradient: score } = all;
  const executable = await backend.compile(spec);
  writeInputs(executable, model.inputs);

  const full = (arrays: Readonly<Record<string, Float64Array>>, name: keyof typeof all, value: Value): Float64Array => {
    const axes = name === "gradient" ? [coordinate, draw] : [draw];
    if (value.op.kind === "constant")
      return new Float64Array(axes.reduce((n, a) => n * a.size, 1)).fill(value.op.value);
    return expandTo(arrays[name]!, value.axes, axes);
  };

  const program = {
    evaluations: 0,
    dispose: () => executable.dispose(),
    async density(points: readonly Float64Array[]): Promise<Evaluation[]> {
      const results: Evaluation[] = [];
      const gradients = vectors(points.length, size);
      const packed = new Float64Array(size * batch);
      for (let from = 0; from < points.length; from += batch) {
        throwIfAborted(signal);
        const count = Math.min(batch, points.length - from);
        for (let s = 0; s < batch; s++) {
          const point = points[from + Math.min(s, count - 1)]!;
          for (let i = 0; i < size; i++) packed[i * batch + s] = point[i]!;
        }
        executable.write("z", packed);
        await executable.run();
        const arrays = await executable.read(Object.keys(spec.outputs));
        const joint = full(arrays, "logJoint", logJoint);
        const slope = full(arrays, "gradient", score);
        for (let s = 0; s < count; s++) {
          const gradient = gradients[from + s]!;
          for (let i = 0; i < size; i++) gradient[i] = slope[i * batch + s]!;
          results.push({ logJoint: joint[s]!, gradient });
        }
        program.evaluations += count;
      }
      return results;
    },
  };
  return program;
}

interface DensityGraph {
  readonly draw: Axis;
  readonly all: { readonly logJoint: Value; readonly gradient: Value };
  /** Of those that are not constant. */
  readonly spec: ProgramSpec;
}

/** `logJoint[draw]` and `gradient[coordinate, draw]` at `z[coordinate, draw]`. */
export function densityGraph(model: TracedModel, batch: number): DensityGraph {
  const draw = drawAxis(batch);
  const z = input("z", [model.coordinate, draw], "parameter");
  const { logJoint } = model.at(z);
  const [score] = gradient(logJoint, [z]) as [Value];
  const all = { logJoint, gradient: score };
  const outputs = Object.fromEntries(Object.entries(all).filter(([, value]) => value.op.kind !== "constant"));
  return { draw, all, spec: { name: `log joint of ${model.name}`, outputs } };
}
