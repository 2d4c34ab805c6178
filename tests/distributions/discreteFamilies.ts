/** Discrete families with parameters in the graph, and their probabilities by definition: products of plain numbers. */
import normalReference from "@stdlib/stats-base-dists-normal";
import * as d from "../../src/distributions/index.ts";
import { Axis } from "../../src/graph/axis.ts";
import { input } from "../../src/graph/ops.ts";
import type { Value } from "../../src/graph/value.ts";

export interface DiscreteFamily {
  readonly name: string;
  readonly distribution: d.Distribution;
  /** Real parameters: inputs of the graph, and their values. */
  readonly leaves: readonly Value[];
  readonly values: Readonly<Record<string, readonly number[]>>;
  /** First and last value that is tested; the mass beyond is negligible. */
  readonly from: number;
  readonly to: number;
  readonly mass: (k: number) => number;
}

type Given = Readonly<Record<string, readonly number[] | number>>;

/** `make` gets an input for every value: scalar for a number, over an axis of its own for a list. */
function family(
  name: string,
  given: Given,
  make: (inputs: Readonly<Record<string, Value>>, axis: Axis) => d.Distribution,
  [from, to]: readonly [number, number],
  mass: (k: number) => number,
): DiscreteFamily {
  const size = Math.max(1, ...Object.values(given).map((value) => (typeof value === "number" ? 1 : value.length)));
  const axis = new Axis(`axis of ${name}`, size);
  const inputs = Object.fromEntries(
    Object.entries(given).map(([key, value]) => [
      key,
      input(key, typeof value === "number" ? [] : [axis], "parameter"),
    ]),
  );
  const values = Object.fromEntries(
    Object.entries(given).map(([key, value]) => [key, typeof value === "number" ? [value] : value]),
  );
  return { name, distribution: make(inputs, axis), leaves: Object.values(inputs), values, from, to, mass };
}

const product = (from: number, to: number, term: (i: number) => number): number => {
  let result = 1;
  for (let i = from; i <= to; i++) result *= term(i);
  return result;
};
const choose = (n: number, k: number): number => product(1, k, (i) => (n - k + i) / i);
/** a (a + 1) … (a + k − 1)/k!. */
const multichoose = (a: number, k: number): number => product(1, k, (i) => (a + i - 1) / i);
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const poissonMass = (rate: number) => (k: number) => product(1, k, (i) => rate / i) * Math.exp(-rate);
const binomialMass = (n: number, p: number) => (k: number) => (k > n ? 0 : choose(n, k) * p ** k * (1 - p) ** (n - k));
const negativeBinomialMass = (phi: number, mean: number) => (k: number) =>
  multichoose(phi, k) * (mean / (mean + phi)) ** k * (phi / (mean + phi)) ** phi;

const CUTS = [-1.2, 0.3, 2];
const ordinalMass = (predictor: number, cdf: (x: number) => number) => (k: number) =>
  (k === CUTS.length ? 1 : cdf(CUTS[k]! - predictor)) - (k === 0 ? 0 : cdf(CUTS[k - 1]! - predictor));
const inflated = (gate: number, mass: (k: number) => number) => (k: number) =>
  (k === 0 ? gate : 0) + (1 - gate) * mass(k);
const behindHurdle = (gate: number, mass: (k: number) => number) => (k: number) =>
  k === 0 ? gate : ((1 - gate) * mass(k)) / (1 - mass(0));

const LOGITS = [0.3, -1, 0.8];
const softmaxOf = (logits: readonly number[]) => {
  const weights = logits.map(Math.exp);
  const total = weights.reduce((a, b) => a + b);
  return weights.map((w) => w / total);
};
const RATES = [0.5, 3, 9];

export const discreteFamilies: readonly DiscreteFamily[] = [
  family(
    "bernoulli by logits",
    { eta: 0.4 },
    ({ eta }) => d.bernoulli({ logits: eta! }),
    [0, 1],
    (k) => (k === 1 ? sigmoid(0.4) : 1 - sigmoid(0.4)),
  ),
  family(
    "binomial by logits",
    { eta: 0.9 },
    ({ eta }) => d.binomial(12, { logits: eta! }),
    [0, 12],
    binomialMass(12, sigmoid(0.9)),
  ),
  family("binomial by probs", { p: 0.3 }, ({ p }) => d.binomial(12, { probs: p! }), [0, 12], binomialMass(12, 0.3)),
  family(
    "betaBinomial",
    { a: 2.3, b: 0.7 },
    ({ a, b }) => d.betaBinomial(12, a!, b!),
    [0, 12],
    (k) => (multichoose(2.3, k) * multichoose(0.7, 12 - k)) / multichoose(3, 12),
  ),
  family(
    "betaNegativeBinomial of 3",
    { a: 40, b: 11.5 },
    ({ a, b }) => d.betaNegativeBinomial(3, a!, b!),
    [0, 150],
    // B(a + 3, b + k)/B(a, b) as rising factorials, factor by factor.
    (k) =>
      multichoose(3, k) *
      product(1, k, (i) => (11.5 + i - 1) / (51.5 + i - 1)) *
      product(1, 3, (i) => (40 + i - 1) / (51.5 + k + i - 1)),
  ),
  family(
    "categorical by logits",
    { logits: LOGITS },
    ({ logits }, axis) => d.categorical(axis, { logits: logits! }),
    [0, 2],
    (k) => softmaxOf(LOGITS)[k]!,
  ),
  family(
    "geometric by probs",
    { p: 0.3 },
    ({ p }) => d.geometric({ probs: p! }),
    [0, 120],
    (k) => 0.3 * 0.7 ** k,
  ),
  family(
    "geometric by logits",
    { eta: 0.7 },
    ({ eta }) => d.geometric({ logits: eta! }),
    [0, 120],
    (k) => sigmoid(0.7) * sigmoid(-0.7) ** k,
  ),
  family(
    "discreteUniform",
    {},
    () => d.discreteUniform(-2, 5),
    [-2, 5],
    () => 1 / 8,
  ),
  family(
    "hypergeometric",
    {},
    () => d.hypergeometric(9, 10, 6),
    [3, 9],
    (k) => (choose(10, k) * choose(6, 9 - k)) / choose(16, 9),
  ),
  family(
    "negativeBinomial by mean",
    { mean: 3, phi: 1.7 },
    ({ mean, phi }) => d.negativeBinomial({ mean: mean!, concentration: phi! }),
    [0, 150],
    negativeBinomialMass(1.7, 3),
  ),
  family(
    "negativeBinomial by log mean",
    { eta: 1.2, phi: 1.7 },
    ({ eta, phi }) => d.negativeBinomial({ logMean: eta!, concentration: phi! }),
    [0, 200],
    negativeBinomialMass(1.7, Math.exp(1.2)),
  ),
  family(
    "negativeBinomial by rate",
    { rate: 0.6, phi: 1.7 },
    ({ rate, phi }) => d.negativeBinomial({ rate: rate!, concentration: phi! }),
    [0, 150],
    negativeBinomialMass(1.7, 1.7 / 0.6),
  ),
  family(
    "poisson by log rate",
    { eta: 1.1 },
    ({ eta }) => d.poisson({ logRate: eta! }),
    [0, 60],
    (k) => poissonMass(Math.exp(1.1))(k),
  ),
  family(
    "orderedLogistic",
    { eta: 0.4, cutpoints: CUTS },
    ({ eta, cutpoints }, axis) => d.orderedLogistic(eta!, cutpoints!, axis),
    [0, 3],
    ordinalMass(0.4, sigmoid),
  ),
  family(
    "orderedProbit",
    { eta: 0.4, cutpoints: CUTS },
    ({ eta, cutpoints }, axis) => d.orderedProbit(eta!, cutpoints!, axis),
    [0, 3],
    ordinalMass(0.4, (x) => normalReference.cdf(x, 0, 1)),
  ),
  family(
    "zeroInflated Poisson",
    { rate: 2.5, gate: -0.3 },
    ({ rate, gate }) => d.zeroInflated(d.poisson(rate!), { logits: gate! }),
    [0, 60],
    inflated(sigmoid(-0.3), poissonMass(2.5)),
  ),
  family(
    "zeroInflated binomial",
    { p: 0.4, gate: 0.2 },
    ({ p, gate }) => d.zeroInflated(d.binomial(9, { probs: p! }), { probs: gate! }),
    [0, 9],
    inflated(0.2, binomialMass(9, 0.4)),
  ),
  family(
    "hurdle negative binomial",
    { mean: 3, phi: 1.7, gate: 0.35 },
    ({ mean, phi, gate }) => d.hurdle(d.negativeBinomial({ mean: mean!, concentration: phi! }), { probs: gate! }),
    [0, 150],
    behindHurdle(0.35, negativeBinomialMass(1.7, 3)),
  ),
  family(
    "mixture of Poissons",
    { logits: LOGITS, rates: RATES },
    ({ logits, rates }, axis) => d.mixture({ logits: logits! }, axis, d.poisson(rates!)),
    [0, 60],
    (k) => softmaxOf(LOGITS).reduce((sum, w, i) => sum + w * poissonMass(RATES[i]!)(k), 0),
  ),
  family(
    "mixture of ranges and counts",
    { logits: LOGITS, rate: 2.5, p: 0.4 },
    ({ logits, rate, p }, axis) =>
      d.mixture({ logits: logits! }, axis, [
        d.poisson(rate!),
        d.discreteUniform(-3, 2),
        d.zeroInflated(d.binomial(9, { probs: p! }), { probs: 0.2 }),
      ]),
    [-3, 60],
    (k) => {
      const [a, b, c] = softmaxOf(LOGITS) as [number, number, number];
      const range = k <= 2 ? b / 6 : 0;
      return k < 0 ? range : range + a * poissonMass(2.5)(k) + c * inflated(0.2, binomialMass(9, 0.4))(k);
    },
  ),
];
