/** Which sites are to blame for draws that are not finite. */
import { expandTo } from "../cpu/expand.ts";
import { gradient } from "../graph/autodiff.ts";
import { type Axis, drawAxis } from "../graph/axis.ts";
import { and, castF32, eq, input, isFiniteValue, not, select, sum } from "../graph/ops.ts";
import { type Backend, madeOnce, type ProgramSpec } from "../graph/program.ts";
import type { Value } from "../graph/value.ts";
import type { Moments } from "../guides/guide.ts";
import type { TracedModel } from "../model/traced.ts";
import { writeInputs } from "./density.ts";
import { lowerTimes } from "./linalg.ts";
import { HOST_STREAMS, HostRandom } from "./random.ts";
import type { BatchDensity } from "./start/density.ts";
import { usable } from "./start/quasiNewton.ts";

const BATCH = 64;
const PROBES = 512;

/** Of the points given (the first few of them), at how many each site's log density or its gradient is not finite. */
export async function blame(
  model: TracedModel,
  backend: Backend,
  points: readonly Float64Array[],
): Promise<Record<string, number>> {
  if (points.length === 0) return {};
  const { draw, spec } = madeOnce(backend, "sites", () => sitesGraph(model));
  const executable = await backend.compile(spec);
  try {
    writeInputs(executable, model.inputs);
    const size = model.coordinate.size;
    const packed = new Float64Array(size * BATCH);
    for (let s = 0; s < BATCH; s++) {
      const point = points[Math.min(s, points.length - 1)]!;
      for (let i = 0; i < size; i++) packed[i * BATCH + s] = point[i]!;
    }
    writeInputs(executable, [["z", packed]]);
    await executable.run();
    const arrays = await executable.read(Object.keys(spec.outputs));
    const bySite: Record<string, number> = {};
    for (const [name, value] of Object.entries(spec.outputs)) {
      const flags = expandTo(arrays[name]!, value.axes, [draw]).subarray(0, Math.min(BATCH, points.length));
      const count = flags.reduce((total, flag) => total + flag, 0);
      if (count > 0) bySite[name] = count;
    }
    return bySite;
  } finally {
    executable.dispose();
  }
}

/** For each site, whether its log density or a derivative of it is not finite, over draw. */
function sitesGraph(model: TracedModel): { readonly draw: Axis; readonly spec: ProgramSpec } {
  const draw = drawAxis(BATCH);
  const { coordinate } = model;
  const z = input("z", [coordinate, draw], "parameter");
  const outputs: Record<string, Value> = {};
  for (const [name, density] of model.at(z).sites) {
    const [slope] = gradient(density, [z]) as [Value];
    const broken = sum(select(isFiniteValue(slope), 0, 1), [coordinate]);
    const bad = castF32(not(and(isFiniteValue(density), eq(broken, 0))));
    if (bad.op.kind !== "constant") outputs[name] = bad;
  }
  return { draw, spec: { name: `sites of ${model.name}`, outputs } };
}

/** The sites of a blame, the worst first, for a message. */
export function namesOf(bySite: Readonly<Record<string, number>>): string {
  const names = Object.entries(bySite)
    .sort(([, a], [, b]) => b - a)
    .map(([name]) => `"${name}"`);
  return names.length === 0 ? "no single site" : names.slice(0, 3).join(", ");
}

/** Points of a Gaussian at which the density is not finite, looked for ever further out until there are some. */
export async function brokenPoints(
  { loc, scale, scaleTril }: Moments,
  seed: number,
  density: BatchDensity,
): Promise<Float64Array[]> {
  const random = new HostRandom(seed, HOST_STREAMS.diagnose);
  for (const spread of [1, 1.5, 2, 3, 5]) {
    const points = Array.from({ length: PROBES }, () => {
      const e = random.normals(loc.length).map((x) => x * spread);
      const step = scaleTril === null ? e.map((x, i) => x * scale[i]!) : lowerTimes(scaleTril, e, loc.length);
      return loc.map((m, i) => m + step[i]!);
    });
    const evaluations = await density(points);
    const broken = points.filter((_, i) => !usable(evaluations[i]!));
    if (broken.length > 0) return broken;
  }
  return [];
}
