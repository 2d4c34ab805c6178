/** Backends and models that fits are tested with. */
import { cpuBackend } from "../../src/cpu/backend.ts";
import type { BatchDensity } from "../../src/fit/start/density.ts";
import { ElbowError } from "../../src/graph/errors.ts";
import { type Backend, type Executable, stepsOfFits } from "../../src/graph/program.ts";
import { randomNumbers } from "../support/numbers.ts";

/** The CPU backend with something done before every run and to everything read. */
export function watchedBackend(options: {
  readonly kind?: "gpu" | "cpu";
  readonly onCompile?: (name: string) => void;
  readonly onRun?: (name: string, steps: number) => void;
  readonly onRead?: (name: string, values: Float64Array) => Float64Array;
}): Backend {
  const cpu = cpuBackend();
  return {
    kind: options.kind ?? "cpu",
    description: "watched",
    dispose: () => cpu.dispose(),
    estimate: (spec) => cpu.estimate(spec),
    async compile(spec) {
      options.onCompile?.(spec.name);
      const inner = await cpu.compile(spec);
      const watched: Executable = {
        spec,
        hasInput: (name) => inner.hasInput(name),
        write: (name, values, fit) => inner.write(name, values, fit),
        explain: () => inner.explain(),
        dispose: () => inner.dispose(),
        async run(steps) {
          options.onRun?.(spec.name, Math.max(...stepsOfFits(spec, steps ?? 1)));
          await inner.run(steps);
        },
        async read(names, fits) {
          const read = await inner.read(names, fits);
          const seen = options.onRead;
          if (seen === undefined) return read;
          return Object.fromEntries(Object.entries(read).map(([name, values]) => [name, seen(name, values)]));
        },
      };
      return watched;
    },
  };
}

/** Rounds everything that is read to float32 and shakes log joints as long sums in float32 would be. */
export function float32Backend(seed: number): Backend {
  const random = randomNumbers(seed);
  return watchedBackend({
    kind: "gpu",
    onRead: (name, values) =>
      values.map((value) => Math.fround(name === "logJoint" ? value * (1 + random.between(-5e-7, 5e-7)) : value)),
  });
}

export class LostDevice extends ElbowError {
  static override readonly name = "LostDevice";

  constructor() {
    super("device-lost", "the GPU device is lost (test)");
  }
}

/** log N(x; mean, Λ⁻¹) up to a constant, Λ row-major. */
export function quadraticDensity(mean: readonly number[], precision: readonly number[]): BatchDensity {
  const n = mean.length;
  return async (points) =>
    points.map((point) => {
      const gradient = new Float64Array(n);
      let logJoint = 0;
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) gradient[i]! -= precision[i * n + j]! * (point[j]! - mean[j]!);
        logJoint += 0.5 * gradient[i]! * (point[i]! - mean[i]!);
      }
      return { logJoint, gradient };
    });
}
