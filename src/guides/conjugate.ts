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
import { merge, slice, split } from "../graph/reindex.ts";
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

function family(
  name: string,
  transform: string,
  make: (coordinate: Axis, start: GuideStart, sites: readonly SiteSpan[]) => Family,
): Guide {
  return {
    name,
    startFamily: "mean-field",
    bind(coordinate, start, sites = []) {
      checkStart(start, coordinate.size);
      checkSites(name, transform, sites);
      const { first, draw, logDensity } = make(coordinate, start, sites);
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

/**
 * q(x) = Dirichlet(x; concentration) for each simplex of a site, whose broken pieces (transforms/simplex.ts) are independent
 * betas. Throws a GuideError for several sites at once, or where plates lie within a simplex.
 */
export const dirichletGuide = (): Guide =>
  family("dirichlet", "simplex", (coordinate, { mean, scale }, sites) => {
    const { simplexes, free } = simplexesOf(coordinate, sites);
    const [count, size] = [simplexes.size, free.size];
    const parts = new Axis(`${coordinate.name} part`, size + 1);
    const axes = [simplexes, parts];
    const first = new Float64Array(count * (size + 1));
    for (let s = 0; s < count; s++) {
      const at = s * size;
      const piece = (k: number): number => sigmoid(mean[at + k]! - Math.log(size - k));
      const total = countOf(piece(0), scale[at]!);
      let rest = 1;
      for (let k = 0; k <= size; k++) {
        const share = k === size ? rest : rest * piece(k);
        rest -= share;
        first[s * (size + 1) + k] = Math.log(Math.max(total * share, 0.1));
      }
    }
    /** K − k: what a piece of equal shares is divided by. */
    const remaining = log(castF32(sub(size, iota(free))));
    const later = gt(iota(parts), iota(free));
    return {
      first: { concentration: { axes, values: first } },
      draw({ concentration }, noise) {
        const logs = logGammaDraw(concentration!, noise, axes);
        const after = logSumExp(select(later, logs, constant(-1e30)), [parts]);
        return merge(slice(logs, parts, free).sub(after).add(remaining), [simplexes, free], coordinate);
      },
      logDensity({ concentration }, z) {
        const after = sum(select(later, concentration!, 0), [parts]);
        const pieces = split(z, coordinate, [simplexes, free]).sub(remaining);
        const terms = logitBeta(slice(concentration!, parts, free), after, pieces);
        return merge(terms, [simplexes, free], coordinate);
      },
    };
  });

/** The coordinates of a site as simplexes, each of as many free coordinates. */
function simplexesOf(coordinate: Axis, sites: readonly SiteSpan[]): { readonly simplexes: Axis; readonly free: Axis } {
  const [site, ...others] = sites;
  if (others.length > 0) {
    const names = sites.map(({ name }) => `"${name}"`).join(", ");
    throw new GuideError(`dirichlet() is a q of one site, not of ${names} together: give each its own, by name`);
  }
  const plates = site?.freeAxes?.slice(0, -1) ?? [];
  const last = site?.freeAxes?.at(-1);
  const misplaced = plates.find((axis) => !site!.axes!.includes(axis));
  if (misplaced !== undefined) {
    throw new GuideError(
      `guide({ ${site!.name}: dirichlet() }): the entries of a simplex of "${site!.name}" must be its last axis; ` +
        `sample it over plates that come before, or take meanField()`,
    );
  }
  const size = last?.size ?? coordinate.size;
  return {
    simplexes: new Axis(`${coordinate.name} simplex`, coordinate.size / size),
    free: new Axis(`${coordinate.name} free`, size),
  };
}
