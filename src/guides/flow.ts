/** What normalising flows share: a base, layers, and an affine map into the coordinates of the model. */
import { Axis } from "../graph/axis.ts";
import { contract } from "../graph/linalg.ts";
import { add, div, exp, log, mul, square, sub, sum, tanh, triangularSolve } from "../graph/ops.ts";
import { diagonal, rename } from "../graph/reindex.ts";
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

/**
 * A layer x ↦ y, one to one, whose ∂y/∂x is triangular in some order of the coordinates: `logScale` is the logarithm of its
 * diagonal, over the coordinates. Its parameters are given by their names in the layer.
 */
export interface FlowLayer {
  readonly parameters: Readonly<Record<string, Omit<ParameterSpec, "adaptive">>>;
  forward(lambda: Parameters, x: Value): { readonly y: Value; readonly logScale: Value };
  inverse(lambda: Parameters, y: Value): { readonly x: Value; readonly logScale: Value };
}

/** Layers and width as given or by default. Throws a GuideError where they are no positive integers. */
export function flowSize(name: string, options: FlowOptions, layers: number): Required<FlowOptions> {
  const size = { layers: options.layers ?? layers, width: options.width ?? 16 };
  for (const [key, value] of Object.entries(size)) {
    if (!Number.isInteger(value) || value < 1) {
      throw new GuideError(`${name}({ ${key} }) takes a positive integer, got ${String(value)}`);
    }
  }
  return size;
}

/**
 * The axis of a network's hidden units. The layout of weights goes by the age of their axes: it must be younger than those
 * of its inputs however often the guide is bound.
 */
export function hiddenAxis(coordinate: Axis, width: number): Axis {
  coordinate.prime();
  return new Axis("hidden", width);
}

/**
 * A layer's network at the start: random first weights over (column, hidden), and outputs of zero over `row`, so that the
 * layer is the identity.
 */
export function layerParameters(
  row: Axis,
  column: Axis,
  hidden: Axis,
  seeds: { readonly weights: number; readonly bias: number },
): FlowLayer["parameters"] {
  const size = row.size;
  const weights = new Float64Array(size * hidden.size);
  const spread = Math.SQRT2 / Math.sqrt(size);
  return {
    first: { axes: [column, hidden], initial: firstWeights(size * hidden.size, seeds.weights, spread) },
    bias: { axes: [hidden], initial: firstWeights(hidden.size, seeds.bias, 0.5) },
    scale: { axes: [row, hidden], initial: weights },
    scaleBias: { axes: [row], initial: new Float64Array(size) },
    shift: { axes: [row, hidden], initial: weights },
    shiftBias: { axes: [row], initial: new Float64Array(size) },
  };
}

/** The log of a scale from what a network puts out, within ±2: no layer stretches more than e²-fold. */
export const boundedLogScale = (raw: Value): Value => mul(tanh(mul(raw, 0.5)), 2);

/**
 * q(z) as the image of a standard normal ε under layers f_1 … f_L and an affine map (D. Rezende & S. Mohamed,
 * *Variational inference with normalizing flows*, ICML 2015, eq. 5; G. Papamakarios et al., *Normalizing flows for
 * probabilistic modeling and inference*, JMLR 2021, §2.1):
 *
 * z = center + W(loc + exp(logScale) ∘ f_L ∘ … ∘ f_1(ε)),  log q(z) = log N(ε; 0, I) − Σ log|det|,
 *
 * W Wᵀ about the posterior's covariance. The layers begin as the identity, so that q begins as the start's Gaussian.
 */
export function bindFlow(
  name: string,
  coordinate: Axis,
  start: GuideStart,
  layers: readonly FlowLayer[],
  gradientEstimator: GradientEstimator,
): BoundGuide {
  const size = coordinate.size;
  checkStart(start, size);
  const row = coordinate;
  const column = coordinate.prime();
  const dense = start.factor !== null;
  const zeros = new Float64Array(size);
  const parameters: Record<string, ParameterSpec> = {
    loc: { axes: [row], initial: zeros, adaptive: true },
    logScale: { axes: [row], initial: zeros, adaptive: true },
  };
  for (const [k, layer] of layers.entries()) {
    for (const [key, spec] of Object.entries(layer.parameters)) {
      parameters[`layer${k + 1}.${key}`] = { ...spec, adaptive: true };
    }
  }
  const ofLayer = (lambda: Parameters, k: number): Parameters =>
    Object.fromEntries(Object.keys(layers[k]!.parameters).map((key) => [key, lambda[`layer${k + 1}.${key}`]!]));
  /** The log of the diagonal of the affine map. */
  const affine = (lambda: Parameters, { whitening }: Parameters): Value =>
    add(lambda.logScale!, log(dense ? diagonal(whitening!, row, column) : whitening!));
  /** What the layers make of ε, and the log scales of it all, over the coordinates. */
  const forward = (lambda: Parameters, constants: Parameters, epsilon: Value): { x: Value; logScale: Value } => {
    let x = epsilon;
    let logScale = affine(lambda, constants);
    for (const [k, layer] of layers.entries()) {
      const next = layer.forward(ofLayer(lambda, k), x);
      x = next.y;
      logScale = add(logScale, next.logScale);
    }
    return { x, logScale };
  };
  const logDensity = (radius: Value, logDeterminant: Value): Value =>
    radius
      .mul(-0.5)
      .sub(logDeterminant)
      .sub((size / 2) * LOG_TWO_PI);

  const logDensityAt = (lambda: Parameters, constants: Parameters, z: Value): Value => {
    const away = sub(z, constants.center!);
    const inside = dense ? triangularSolve(constants.whitening!, away, row, column) : div(away, constants.whitening!);
    let x = mul(sub(inside, lambda.loc!), exp(lambda.logScale!.neg()));
    let total = affine(lambda, constants);
    for (let k = layers.length - 1; k >= 0; k--) {
      const back = layers[k]!.inverse(ofLayer(lambda, k), x);
      x = back.x;
      total = add(total, back.logScale);
    }
    return logDensity(sum(square(x), [row]), sum(total, [row]));
  };
  return {
    name,
    coordinate,
    parameters,
    constants: {
      center: { axes: [row], values: start.mean },
      whitening: dense ? { axes: [row, column], values: start.factor } : { axes: [row], values: start.scale },
    },
    gradientEstimator,
    ...automatic(parameters, logDensityAt),

    sample(lambda, constants, noise) {
      const epsilon = noise("normal", [row], 0);
      const { x, logScale } = forward(lambda, constants, epsilon);
      const inside = add(lambda.loc!, mul(exp(lambda.logScale!), x));
      const spread = dense
        ? contract(constants.whitening!, rename(inside, row, column), column)
        : mul(constants.whitening!, inside);
      const radius = sum(square(epsilon), [row]);
      return {
        z: add(constants.center!, spread),
        logDensity: logDensity(radius, sum(logScale, [row])),
        entropy: null,
        noise: epsilon,
        radius,
      };
    },
    logDensityAt,
    termsAreShares: true,
    logDensityTerms: (lambda, constants, { noise }) =>
      square(noise)
        .mul(-0.5)
        .sub(forward(lambda, constants, noise).logScale)
        .sub(LOG_TWO_PI / 2),
    marginals: () => null,
    moments: () => null,
  };
}
