/** What normalising flows share: a base, layers of masked networks, and an affine map into the coordinates of the model. */
import { Axis } from "../graph/axis.ts";
import { contract } from "../graph/linalg.ts";
import { add, constant, div, exp, iota, log, mul, square, sub, sum, tanh, triangularSolve } from "../graph/ops.ts";
import { at, diagonal, rename } from "../graph/reindex.ts";
import { lastOf, scanAll } from "../graph/scan.ts";
import type { Value } from "../graph/value.ts";
import { automatic } from "./automatic.ts";
import {
  type BoundGuide,
  checkStart,
  type GradientEstimator,
  GuideError,
  type GuideStart,
  type ParameterSpec,
  type Parameters,
} from "./guide.ts";
import { firstWeights } from "./initial.ts";

const LOG_TWO_PI = Math.log(2 * Math.PI);

export interface FlowOptions {
  /** Layers. */
  readonly layers?: number;
  /** Hidden units of each layer's network. Default 16. */
  readonly width?: number;
}

/** Layers and width as given or by default. Throws a GuideError where they are no positive integers. */
export function flowSize(name: string, options: FlowOptions): FlowOptions & { readonly width: number } {
  const size = { ...options, width: options.width ?? 16 };
  for (const [key, value] of Object.entries(size)) {
    if (!Number.isInteger(value) || value < 1) {
      throw new GuideError(`${name}({ ${key} }) takes a positive integer, got ${String(value)}`);
    }
  }
  return size;
}

/** A layer moves coordinates as others say: over one alone it is affine. */
export function refuseOne(name: string, coordinate: Axis): void {
  if (coordinate.size > 1) return;
  throw new GuideError(
    `${name}(): a layer moves coordinates as others say, and "${coordinate.name}" has one alone, of which it would make a ` +
      "Gaussian; take mixtureGuide() for a skewed or wide-tailed posterior of one number, or meanField()",
  );
}

/** Which numbers of a layer see which, 0 or 1: arrays over the layer and … */
export interface Masks {
  /** … column and hidden unit: the inputs that a unit sees. */
  readonly enters: (layer: number, column: number, unit: number) => boolean;
  /** … row and hidden unit: the units that an output sees. */
  readonly leaves: (layer: number, row: number, unit: number) => boolean;
  /** … row: the coordinates that a layer moves. */
  readonly moves: (layer: number, row: number) => boolean;
}

/** A layer's shift and log scale of each coordinate, given what the layer is applied to. */
export type Network = (x: Value) => { readonly logScale: Value; readonly shift: Value };

/** What layers have made of a point, and the log of what they have scaled each coordinate by: the diagonal of the Jacobian. */
interface Scaled {
  readonly x: Value;
  readonly logScale: Value;
}

export interface FlowKind {
  readonly name: string;
  readonly layers: number;
  readonly width: number;
  readonly masks: Masks;
  /** What the first weights are made of. */
  readonly seed: number;
  readonly gradientEstimator: GradientEstimator;
  /** x of y = x ∘ exp(s(x)) + t(x). */
  readonly inverse: (network: Network, y: Value, layer: Value) => Value;
}

/**
 * Of no more coordinates layers are the steps of a recurrence, whose code is written once, a thread for each draw;
 * of more, a layer has work for many threads and is written out.
 */
const MOST_IN_A_THREAD = 48;

/**
 * q(z) as the image of a standard normal ε under layers f_1 … f_L and an affine map (D. Rezende & S. Mohamed,
 * *Variational inference with normalizing flows*, ICML 2015, eq. 5; G. Papamakarios et al., *Normalizing flows for
 * probabilistic modeling and inference*, JMLR 2021, §2.1):
 *
 * z = center + W(loc + exp(logScale) ∘ f_L ∘ … ∘ f_1(ε)),  log q(z) = log N(ε; 0, I) − Σ log|det|,
 *
 * W Wᵀ about the posterior's covariance. A layer is y_i = x_i exp(s_i(x)) + t_i(x) with s and t from one network of a hidden
 * layer of tanh units, masked such that it can be inverted. The layers begin as the identity, so that q begins as the start's
 * Gaussian. The layers' parameters run over the axis of layers.
 */
export function bindFlow(kind: FlowKind, coordinate: Axis, start: GuideStart): BoundGuide {
  const { name, width, masks } = kind;
  const size = coordinate.size;
  checkStart(start, size);
  const row = coordinate;
  const column = coordinate.prime();
  const dense = start.factor !== null;
  const layer = new Axis("layer", kind.layers);
  const hidden = new Axis("hidden", width);
  const count = kind.layers * size;
  const zeros = (length: number): Float64Array => new Float64Array(length);
  const own = (axes: readonly Axis[], initial: Float64Array): ParameterSpec => ({ axes, initial, adaptive: "network" });
  const parameters: Record<string, ParameterSpec> = {
    loc: own([row], zeros(size)),
    logScale: own([row], zeros(size)),
    "layer.first": own([column, layer, hidden], firstWeights(count * width, kind.seed, Math.SQRT2 / Math.sqrt(size))),
    "layer.bias": own([layer, hidden], firstWeights(kind.layers * width, kind.seed + 1, 0.5)),
    "layer.scale": own([row, layer, hidden], zeros(count * width)),
    "layer.scaleBias": own([row, layer], zeros(count)),
    "layer.shift": own([row, layer, hidden], zeros(count * width)),
    "layer.shiftBias": own([row, layer], zeros(count)),
  };
  const maskOver = (sees: Masks["enters"]): Float64Array =>
    Float64Array.from({ length: count * width }, (_, k) => {
      const [i, l, unit] = [Math.floor(k / (kind.layers * width)), Math.floor(k / width) % kind.layers, k % width];
      return sees(l, i, unit) ? 1 : 0;
    });
  const constants: BoundGuide["constants"] = {
    center: { axes: [row], values: start.mean },
    whitening: dense ? { axes: [row, column], values: start.factor } : { axes: [row], values: start.scale },
    enters: { axes: [column, layer, hidden], values: maskOver(masks.enters) },
    leaves: { axes: [row, layer, hidden], values: maskOver(masks.leaves) },
    moves: {
      axes: [row, layer],
      values: Float64Array.from({ length: count }, (_, k) =>
        masks.moves(k % kind.layers, Math.floor(k / kind.layers)) ? 1 : 0,
      ),
    },
  };

  /** The networks of all layers at once; of one where its parameters are taken at it. */
  const networkOf = (taken: (value: Value) => Value, lambda: Parameters, fixed: Parameters): Network => {
    const weights = (key: string, mask: string): Value => taken(mul(lambda[`layer.${key}`]!, fixed[mask]!));
    const [first, scale, shift] = [weights("first", "enters"), weights("scale", "leaves"), weights("shift", "leaves")];
    const bias = taken(lambda["layer.bias"]!);
    const [scaleBias, shiftBias] = [weights("scaleBias", "moves"), weights("shiftBias", "moves")];
    return (x) => {
      const units = tanh(add(contract(first, rename(x, row, column), column), bias));
      const out = (weight: Value, plus: Value): Value => add(contract(weight, units, hidden), plus);
      return { logScale: boundedLogScale(out(scale, scaleBias)), shift: out(shift, shiftBias) };
    };
  };
  /** x after all layers, one after the other, and the log of what they have scaled each coordinate by. */
  const throughLayers = (
    lambda: Parameters,
    fixed: Parameters,
    first: Scaled,
    reverse: boolean,
    step: (network: Network, x: Value, number: Value) => Scaled,
  ): Scaled => {
    if (size <= MOST_IN_A_THREAD) {
      const network = networkOf((value) => value, lambda, fixed);
      const [x, logScale] = scanAll(
        layer,
        [first.x, first.logScale],
        ([before, total]) => {
          const after = step(network, before!, iota(layer));
          return [after.x, add(total!, after.logScale)];
        },
        { reverse },
      ).map((stacked) => (reverse ? at(stacked, layer, 0) : lastOf(stacked, layer))) as [Value, Value];
      return { x, logScale };
    }
    let now = first;
    for (let k = 0; k < kind.layers; k++) {
      const number = reverse ? kind.layers - 1 - k : k;
      const network = networkOf((value) => at(value, layer, number), lambda, fixed);
      const after = step(network, now.x, constant(number, "i32"));
      now = { x: after.x, logScale: add(now.logScale, after.logScale) };
    }
    return now;
  };

  /** The log of the diagonal of the affine map. */
  const affine = (lambda: Parameters, { whitening }: Parameters): Value =>
    add(lambda.logScale!, log(dense ? diagonal(whitening!, row, column) : whitening!));
  const forward = (lambda: Parameters, fixed: Parameters, epsilon: Value): Scaled =>
    throughLayers(lambda, fixed, { x: epsilon, logScale: affine(lambda, fixed) }, false, (network, before) => {
      const { logScale, shift } = network(before);
      return { x: add(mul(before, exp(logScale)), shift), logScale };
    });
  const logDensity = (radius: Value, logDeterminant: Value): Value =>
    radius
      .mul(-0.5)
      .sub(logDeterminant)
      .sub((size / 2) * LOG_TWO_PI);

  const logDensityAt = (lambda: Parameters, fixed: Parameters, z: Value): Value => {
    const away = sub(z, fixed.center!);
    const inside = dense ? triangularSolve(fixed.whitening!, away, row, column) : div(away, fixed.whitening!);
    const after = mul(sub(inside, lambda.loc!), exp(lambda.logScale!.neg()));
    const start = { x: after, logScale: affine(lambda, fixed) };
    const { x, logScale } = throughLayers(lambda, fixed, start, true, (network, y, number) => {
      const found = kind.inverse(network, y, number);
      return { x: found, logScale: network(found).logScale };
    });
    return logDensity(sum(square(x), [row]), sum(logScale, [row]));
  };
  return {
    name,
    coordinate,
    parameters,
    constants,
    gradientEstimator: kind.gradientEstimator,
    ...automatic(parameters, logDensityAt),

    sample(lambda, fixed, noise) {
      const epsilon = noise("normal", [row], 0);
      const { x, logScale } = forward(lambda, fixed, epsilon);
      const inside = add(lambda.loc!, mul(exp(lambda.logScale!), x));
      const spread = dense
        ? contract(fixed.whitening!, rename(inside, row, column), column)
        : mul(fixed.whitening!, inside);
      const radius = sum(square(epsilon), [row]);
      return {
        z: add(fixed.center!, spread),
        logDensity: logDensity(radius, sum(logScale, [row])),
        entropy: null,
        noise: epsilon,
        radius,
      };
    },
    logDensityAt,
    termsAreShares: true,
    logDensityTerms: (lambda, fixed, { noise }) =>
      square(noise)
        .mul(-0.5)
        .sub(forward(lambda, fixed, noise).logScale)
        .sub(LOG_TWO_PI / 2),
    marginals: () => null,
    moments: () => null,
  };
}

/** The log of a scale from what a network puts out, within ±2: no layer stretches more than e²-fold. */
const boundedLogScale = (raw: Value): Value => mul(tanh(mul(raw, 0.5)), 2);
