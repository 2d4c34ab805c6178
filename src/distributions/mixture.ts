import { type Axis, sameAxes } from "../graph/axis.ts";
import { logAddExp, logSumExp, mul, type Operand, sum } from "../graph/ops.ts";
import { at } from "../graph/reindex.ts";
import { Value } from "../graph/value.ts";
import { categorical, categoricalLogProbabilities } from "./categorical.ts";
import { hostEntry, hostPart, makeComposite } from "./composite.ts";
import { type Distribution, DistributionError } from "./distribution.ts";
import { commonSupport, logProbWithin } from "./mixtureSupport.ts";
import type { ProbabilityOrLogits } from "./probability.ts";

/**
 * A finite mixture: component k, of those along `axis`, with the weight w_k.
 *
 * log p(x) = log Σ_k w_k p_k(x), as a log-sum-exp of log w_k + log p_k(x)
 *
 * The components are one distribution whose batch has `axis`, or a list with one entry for each position of `axis`, of any
 * families that are all discrete or all continuous. The support holds those of all components; where x lies outside that
 * of one, its density is zero. Source: McLachlan & Peel, *Finite Mixture Models*, ch. 1.
 *
 * @param weights `probs` that sum to one along `axis`, or `logits` along it, which need not be normalised.
 * @param axis The components: a plate, or any axis of its own.
 * @throws DistributionError where weights or components do not run over `axis`, or the components do not fit together.
 */
export function mixture(
  weights: ProbabilityOrLogits,
  axis: Axis,
  components: Distribution | readonly Distribution[],
): Distribution {
  const chosen = categorical(axis, weights);
  const logWeights = () => categoricalLogProbabilities(chosen.parameters, axis);
  return isList(components)
    ? ofList(axis, chosen, logWeights, components)
    : ofBatch(axis, chosen, logWeights, components);
}

type Weights = () => [weights: Value, logarithms: Value];

const isList = (components: Distribution | readonly Distribution[]): components is readonly Distribution[] =>
  Array.isArray(components);

const fail = (message: string): never => {
  throw new DistributionError("mixture", "components", message);
};

function ofBatch(axis: Axis, chosen: Distribution, weights: Weights, component: Distribution): Distribution {
  const { name, eventAxes, mean } = component;
  if (!component.batchAxes.includes(axis)) {
    fail(`the parameters of ${name} must run over "${axis.name}"; for different families give a list`);
  }
  const support = commonSupport("mixture", [component.support], axis);
  return makeComposite(
    { weights: chosen, component },
    {
      name: `mixture(${name})`,
      ...commonTraits([component]),
      support,
      eventAxes,
      logProb: (x) => logSumExp(weights()[1].add(logProbWithin(component, support, withoutAxis(x, axis))), [axis]),
      sample: (given, random) => {
        const k = chosen.sample(hostPart(given, "weights"), random) as number;
        return component.sample(hostEntry(hostPart(given, "component"), component, axis, k), random);
      },
      ...(mean === undefined ? {} : { mean: () => sum(mul(weights()[0], mean()), [axis]) }),
    },
    [axis],
  );
}

function ofList(axis: Axis, chosen: Distribution, weights: Weights, components: readonly Distribution[]): Distribution {
  if (components.length !== axis.size) {
    fail(`${components.length} components for the ${axis.size} entries of "${axis.name}"`);
  }
  const [{ eventAxes }] = components as readonly [Distribution, ...Distribution[]];
  for (const { name, batchAxes, eventAxes: others } of components) {
    if (batchAxes.includes(axis)) fail(`${name} runs over "${axis.name}", along which the list runs already`);
    if (!sameAxes(eventAxes, others)) fail("all components must have the same event axes");
  }
  const supports = components.map(({ support }) => support);
  const support = commonSupport("mixture", supports, axis);
  const parts = Object.fromEntries(components.map((component, k) => [`component${k + 1}`, component]));
  const means = components.map(({ mean }) => mean).filter((mean) => mean !== undefined);
  return makeComposite(
    { weights: chosen, ...parts },
    {
      name: `mixture(${components.map(({ name }) => name).join(", ")})`,
      ...commonTraits(components),
      support,
      eventAxes,
      logProb: (x) => {
        const given = withoutAxis(x, axis);
        const [, logWeights] = weights();
        const terms = components.map((component, k) =>
          at(logWeights, axis, k).add(logProbWithin(component, support, given)),
        );
        return terms.reduce((a, b) => logAddExp(a, b));
      },
      sample: (given, random) => {
        const k = chosen.sample(hostPart(given, "weights"), random) as number;
        return components[k]!.sample(hostPart(given, `component${k + 1}`), random);
      },
      ...(means.length < components.length
        ? {}
        : {
            mean: () => {
              const [shares] = weights();
              return means.map((mean, k) => mul(at(shares, axis, k), mean())).reduce((a, b) => a.add(b));
            },
          }),
    },
    [axis],
  );
}

function commonTraits(components: readonly Distribution[]): { discrete: boolean } {
  const discrete = components[0]!.discrete;
  if (components.some((component) => component.discrete !== discrete)) {
    fail("components must be all discrete or all continuous");
  }
  if (components.some(({ hasAtoms }) => hasAtoms)) {
    fail("a component has points of positive probability, whose density cannot be added to others");
  }
  return { discrete };
}

function withoutAxis(x: Operand, axis: Axis): Operand {
  if (x instanceof Value && x.hasAxis(axis)) {
    throw new DistributionError("mixture", undefined, `x runs over "${axis.name}", the axis of the components`);
  }
  return x;
}
