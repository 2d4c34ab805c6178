import { type Axis, unionAxes, withoutAxes } from "../graph/axis.ts";
import { eq, iota, logSumExp, select } from "../graph/ops.ts";
import type { Operand, Value } from "../graph/value.ts";
import { categoricalLogProbabilities, hostProbabilities, pick } from "./categorical.ts";
import {
  type Distribution,
  DistributionError,
  type HostParameters,
  hostVector,
  makeDistribution,
  takeParameters,
} from "./distribution.ts";
import { givenForm, type ProbabilityOrLogits } from "./probability.ts";
import { describeSupport, type Support } from "./support.ts";

/**
 * A mixture along `axis`: p(x) = Σ_k w_k p_k(x), computed as a log-sum-exp.
 *
 * @param weights Along `axis`, as `probs` (summing to one) or `logits` (which need not be normalised).
 * @param components Either one family whose parameters run over `axis`, as `normal(mu, sigma)` with `mu` over it, or a list
 *   of families, one for each entry of `axis`: normal and Student-t, or a point mass and a Poisson.
 * @throws DistributionError where the weights lack the axis, the list has another length, or counts meet reals.
 */
export function mixture(
  weights: ProbabilityOrLogits,
  axis: Axis,
  components: Distribution | readonly Distribution[],
): Distribution {
  const form = givenForm("mixture", weights);
  const taken: { readonly parameters: Readonly<Record<string, Value>>; readonly checks: Distribution["checks"] } =
    form === "probs"
      ? takeParameters("mixture", { probs: [weights.probs!, "simplex", axis] })
      : takeParameters("mixture", { logits: [weights.logits!, "finite"] });
  if (!taken.parameters[form]!.hasAxis(axis))
    throw new DistributionError("mixture", form, `${form} must run over the axis "${axis.name}"`);
  const [, logWeights] = categoricalLogProbabilities(taken.parameters, axis);
  const parts = isList(components) ? severalFamilies(components, axis) : oneFamily(components, axis);
  return makeDistribution({
    name: "mixture",
    discrete: parts.discrete,
    support: parts.support,
    parameters: { ...parts.parameters, ...prefixed("weights", taken.parameters) },
    checks: [...parts.checks, ...taken.checks],
    eventAxes: parts.eventAxes,
    innerAxes: unionAxes([axis], parts.innerAxes),
    logProb: (x) => logSumExp(logWeights.add(parts.logProb(x)), [axis]),
    sample: (given, random) => {
      const probs = hostProbabilities(hostVector(given, `weights.${form}`, axis.size), form);
      const k = pick(probs, random.uniform());
      return parts.component(k).sample(parts.parametersOf(given, k), random);
    },
  });
}

interface Parts {
  readonly discrete: boolean;
  readonly support: Support;
  readonly parameters: Readonly<Record<string, Value>>;
  readonly checks: Distribution["checks"];
  readonly eventAxes: readonly Axis[];
  readonly innerAxes: readonly Axis[];
  /** Over the axis of the components. */
  logProb(x: Operand): Value;
  component(k: number): Distribution;
  parametersOf(given: HostParameters, k: number): HostParameters;
}

const isList = (given: Distribution | readonly Distribution[]): given is readonly Distribution[] =>
  Array.isArray(given);

const prefixed = (prefix: string, parameters: Readonly<Record<string, Value>>): Record<string, Value> =>
  Object.fromEntries(Object.entries(parameters).map(([name, value]) => [`${prefix}.${name}`, value]));

function oneFamily(family: Distribution, axis: Axis): Parts {
  if (family.eventAxes.includes(axis))
    throw new DistributionError(
      "mixture",
      undefined,
      `one ${family.name} runs over "${axis.name}", the components' axis`,
    );
  if (family.eventAxes.length > 0)
    throw new DistributionError(
      "mixture",
      undefined,
      `components of a vector family are given as a list, one for each of ${axis}`,
    );
  const { discrete, support, parameters, checks, eventAxes } = family;
  return {
    discrete,
    support,
    parameters,
    checks,
    eventAxes,
    innerAxes: [],
    logProb: (x) => family.logProb(x),
    component: () => family,
    parametersOf: (given, k) =>
      Object.fromEntries(
        Object.entries(parameters).map(([name, value]) => {
          const entry = given[name];
          return [name, value.hasAxis(axis) && typeof entry === "object" ? entry[k]! : entry!];
        }),
      ),
  };
}

function severalFamilies(families: readonly Distribution[], axis: Axis): Parts {
  const [first] = families;
  if (first === undefined || families.length !== axis.size)
    throw new DistributionError(
      "mixture",
      undefined,
      `${families.length} components for the ${axis.size} entries of "${axis.name}"`,
    );
  if (families.some(({ discrete }) => discrete !== first.discrete))
    throw new DistributionError(
      "mixture",
      undefined,
      "some components are discrete and some are not: they share no measure",
    );
  const different = families.find(({ support }) => describeSupport(support) !== describeSupport(first.support));
  if (different !== undefined)
    throw new DistributionError(
      "mixture",
      undefined,
      `a ${first.name} is ${describeSupport(first.support)}, a ${different.name} ${describeSupport(different.support)}: mix families of one support`,
    );
  const eventAxes = first.eventAxes;
  const inner = families.flatMap((family) =>
    Object.values(family.parameters).flatMap((value) => withoutAxes(value.axes, [...family.batchAxes, ...eventAxes])),
  );
  return {
    discrete: first.discrete,
    support: first.support,
    parameters: Object.assign({}, ...families.map((family, k) => prefixed(`${k}`, family.parameters))),
    checks: families.flatMap(({ checks }) => checks),
    eventAxes,
    innerAxes: unionAxes(inner),
    logProb: (x) =>
      families
        .map((family) => family.logProb(x))
        .reduceRight((rest, density, k) =>
          k === families.length - 1 ? density : select(eq(iota(axis), k), density, rest),
        ),
    component: (k) => families[k]!,
    parametersOf: (given, k) =>
      Object.fromEntries(Object.keys(families[k]!.parameters).map((name) => [name, given[`${k}.${name}`]!])),
  };
}
