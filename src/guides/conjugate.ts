/** Exact families on the constrained scale: gamma, beta and Dirichlet q, with implicit reparameterisation. */
import type { GraphNoise } from "../distributions/distribution.ts";
import { logGammaDraw } from "../distributions/sampling/implicit.ts";
import { Axis } from "../graph/axis.ts";
import {
  add,
  castF32,
  constant,
  exp,
  gt,
  iota,
  lgamma,
  log,
  logBeta,
  logSigmoid,
  logSumExp,
  mul,
  select,
  sub,
  sum,
} from "../graph/ops.ts";
import { slice } from "../graph/reindex.ts";
import type { Value } from "../graph/value.ts";
import { automatic } from "./automatic.ts";
import {
  type BoundGuide,
  checkStart,
  type Guide,
  GuideError,
  type GuideStart,
  type Parameters,
  type SiteSpan,
} from "./guide.ts";

/** What differs between the families: parameters, all of them logarithms relative to the start, and the two maps. */
interface Family {
  /** Logarithms of the parameters at the start, and their axes. */
  readonly first: Readonly<Record<string, { readonly axes: readonly Axis[]; readonly values: Float64Array }>>;
  /** z on the unconstrained scale; `theta`: the parameters. */
  draw(theta: Parameters, noise: GraphNoise): Value;
  /** log q(z_i) of each coordinate, which are independent, the Jacobian included. */
  logDensity(theta: Parameters, z: Value): Value;
}

function family(name: string, transform: string, make: (coordinate: Axis, start: GuideStart) => Family): Guide {
  return {
    name,
    startFamily: "mean-field",
    bind(coordinate, start, sites = []) {
      checkStart(start, coordinate.size);
      checkSites(name, transform, sites);
      const { first, draw, logDensity } = make(coordinate, start);
      const zero = Object.entries(first).map(([key, { axes, values }]) => {
        return [key, { axes, initial: new Float64Array(values.length), adaptive: true }] as const;
      });
      const parameters = Object.fromEntries(zero);
      const theta = (lambda: Parameters, constants: Parameters): Parameters =>
        Object.fromEntries(Object.keys(first).map((key) => [key, exp(add(lambda[key]!, constants[`first ${key}`]!))]));
      const logDensityAt: BoundGuide["logDensityAt"] = (lambda, constants, z) =>
        sum(logDensity(theta(lambda, constants), z), [coordinate]);
      return {
        name,
        coordinate,
        parameters,
        constants: Object.fromEntries(Object.entries(first).map(([key, of]) => [`first ${key}`, of])),
        gradientEstimator: "sticking-the-landing",
        ...automatic(parameters, logDensityAt),
        sample(lambda, constants, noise) {
          const at = theta(lambda, constants);
          let stream = 0;
          const z = draw(at, (kind, axes) => noise(kind, axes, stream++));
          return { z, logDensity: sum(logDensity(at, z), [coordinate]), entropy: null, noise: z, radius: null };
        },
        logDensityAt,
        logDensityTerms: (lambda, constants, { z }) => logDensity(theta(lambda, constants), z),
        marginals: () => null,
        moments: () => null,
      };
    },
  };
}

function checkSites(name: string, transform: string, sites: readonly SiteSpan[]): void {
  const wrong = sites.find((site) => site.transform !== undefined && site.transform.name !== transform);
  if (wrong !== undefined) {
    const suits = { positive: "positive sites", interval: "sites between two bounds", simplex: "simplexes" }[transform];
    throw new GuideError(
      `guide({ ${wrong.name}: ${name}() }): ${name}() is a q of ${suits}, and "${wrong.name}" is laid out by "${wrong.transform!.name}"; ` +
        "take meanField() for it",
    );
  }
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
/** The count n for which a proportion p has the sd s of its logit: Var ≈ 1/(n p(1 − p)). */
const countOf = (p: number, s: number): number => Math.max(1 / (s * s * p * (1 - p)), 0.1);

/** q(x) = Gamma(x; concentration, rate) for each entry of a positive site. */
export const gammaGuide = (): Guide =>
  family("gamma", "positive", (coordinate, { mean, scale }) => {
    const axes = [coordinate];
    const shape = scale.map((s) => Math.max(1 / (s * s), 0.1));
    const rate = shape.map((a, i) => Math.log(a) - 1 / (2 * a) - mean[i]!);
    return {
      first: { concentration: { axes, values: shape.map(Math.log) }, rate: { axes, values: rate } },
      draw: ({ concentration, rate: beta }, noise) => sub(logGammaDraw(concentration!, noise, axes), log(beta!)),
      logDensity: ({ concentration, rate: beta }, z) =>
        mul(concentration!, add(log(beta!), z))
          .sub(mul(beta!, exp(z)))
          .sub(lgamma(concentration!)),
    };
  });

const logitBeta = (a: Value, b: Value, z: Value): Value =>
  mul(a, logSigmoid(z))
    .add(mul(b, logSigmoid(z.neg())))
    .sub(logBeta(a, b));

/** q(x) = Beta(x; a, b) for each entry of a site between two bounds, on the unit scale. */
export const betaGuide = (): Guide =>
  family("beta", "interval", (coordinate, { mean, scale }) => {
    const axes = [coordinate];
    const p = mean.map(sigmoid);
    const count = p.map((x, i) => countOf(x, scale[i]!));
    return {
      first: {
        concentration1: { axes, values: p.map((x, i) => Math.log(count[i]! * x)) },
        concentration0: { axes, values: p.map((x, i) => Math.log(count[i]! * (1 - x))) },
      },
      draw: ({ concentration1, concentration0 }, noise) =>
        sub(logGammaDraw(concentration1!, noise, axes), logGammaDraw(concentration0!, noise, axes)),
      logDensity: ({ concentration1, concentration0 }, z) => logitBeta(concentration1!, concentration0!, z),
    };
  });

/** q(x) = Dirichlet(x; concentration) for a simplex, whose broken pieces (transforms/simplex.ts) are independent betas. */
export const dirichletGuide = (): Guide =>
  family("dirichlet", "simplex", (coordinate, { mean, scale }) => {
    const size = coordinate.size;
    const parts = new Axis(`${coordinate.name} part`, size + 1);
    const pieces = Float64Array.from(mean, (m, k) => sigmoid(m - Math.log(size - k)));
    const p = new Float64Array(size + 1);
    let rest = 1;
    for (let k = 0; k < size; k++) {
      p[k] = rest * pieces[k]!;
      rest -= p[k]!;
    }
    p[size] = rest;
    const count = countOf(pieces[0]!, scale[0]!);
    /** K − k: what a piece of equal shares is divided by. */
    const remaining = log(castF32(sub(size, iota(coordinate))));
    const later = gt(iota(parts), iota(coordinate));
    return {
      first: { concentration: { axes: [parts], values: p.map((x) => Math.log(Math.max(count * x, 0.1))) } },
      draw({ concentration }, noise) {
        const logs = logGammaDraw(concentration!, noise, [parts]);
        const after = logSumExp(select(later, logs, constant(-1e30)), [parts]);
        return slice(logs, parts, coordinate).sub(after).add(remaining);
      },
      logDensity({ concentration }, z) {
        const after = sum(select(later, concentration!, 0), [parts]);
        return logitBeta(slice(concentration!, parts, coordinate), after, z.sub(remaining));
      },
    };
  });
