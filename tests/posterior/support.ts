/** Fits made by hand: Gaussian guides with known parameters, on the CPU. */
import { cpuBackend } from "../../src/cpu/backend.ts";
import type { Axis } from "../../src/graph/axis.ts";
import { exp, ge, iota, log, select, square, sum } from "../../src/graph/ops.ts";
import { diagonal } from "../../src/graph/reindex.ts";
import type { TracedModel } from "../../src/model/traced.ts";
import type { Fitted, FittedGuide } from "../../src/posterior/fitted.ts";
import { Posterior, type PosteriorOptions } from "../../src/posterior/posterior.ts";

const HALF_LOG_2PI = 0.5 * Math.log(2 * Math.PI);

/** z = loc + exp(logScale) ε. */
export function meanField(coordinate: Axis): FittedGuide {
  return {
    name: "mean-field",
    coordinate,
    parameters: { loc: { axes: [coordinate] }, logScale: { axes: [coordinate] } },
    constants: {},
    sample: ({ loc, logScale }, _, noise) => {
      const epsilon = noise("normal", [coordinate], 1);
      const logDeterminant = sum(logScale!, [coordinate]);
      const size = coordinate.size;
      return {
        z: loc!.add(exp(logScale!).mul(epsilon)),
        logDensity: sum(square(epsilon), [coordinate])
          .mul(-0.5)
          .sub(logDeterminant)
          .sub(size * HALF_LOG_2PI),
        entropy: logDeterminant.add(size * (HALF_LOG_2PI + 0.5)),
      };
    },
    moments: ({ loc, logScale }) => ({ loc: loc!, scale: logScale!.map(Math.exp) }),
  };
}

/** z = loc + L ε, L row-major in lambda.L; the entropy is withheld, as of a guide without one. */
export function fullRank(coordinate: Axis): FittedGuide {
  const column = coordinate.prime();
  // Canonical order decides how L lies in memory: the coordinate was made before its twin.
  return {
    name: "full-rank",
    coordinate,
    parameters: { loc: { axes: [coordinate] }, L: { axes: [coordinate, column] } },
    constants: {},
    sample: ({ loc, L }, _, noise) => {
      const epsilon = noise("normal", [column], 1);
      const lower = select(ge(iota(coordinate), iota(column)), L!, 0);
      return {
        z: loc!.add(sum(lower.mul(epsilon), [column])),
        logDensity: sum(square(epsilon), [column])
          .mul(-0.5)
          .sub(sum(log(diagonal(L!, coordinate, column)), [coordinate]))
          .sub(coordinate.size * HALF_LOG_2PI),
        entropy: null,
      };
    },
    moments: ({ loc, L }) => {
      const size = loc!.length;
      const scale = Float64Array.from(loc!, (_, i) => Math.hypot(...L!.subarray(i * size, (i + 1) * size)));
      return { loc: loc!, scale };
    },
  };
}

export function fitted(model: TracedModel, guide: FittedGuide, lambda: Record<string, number[]>): Fitted {
  return {
    model,
    guide,
    lambda: Object.fromEntries(Object.entries(lambda).map(([name, values]) => [name, Float64Array.from(values)])),
    backend: cpuBackend(),
    seed: 11,
    steps: 100,
    stopped: "converged",
    reasons: [],
    nonFinite: { total: 0, bySite: {} },
    seconds: { compile: 0, run: 0 },
  };
}

/** A mean-field fit with these locations and standard deviations, evaluated. */
export async function checked(
  model: TracedModel,
  loc: number[],
  sd: number[],
  change: Partial<Fitted> = {},
  options: PosteriorOptions = {},
): Promise<Posterior> {
  const guide = meanField(model.coordinate);
  const fit = { ...fitted(model, guide, { loc, logScale: sd.map(Math.log) }), ...change };
  return new Posterior(fit, options).check();
}
