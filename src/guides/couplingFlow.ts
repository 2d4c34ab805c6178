import type { Axis } from "../graph/axis.ts";
import { contract } from "../graph/linalg.ts";
import { add, castF32, eq, exp, iota, mod, mul, select, sub, tanh } from "../graph/ops.ts";
import { rename } from "../graph/reindex.ts";
import type { Value } from "../graph/value.ts";
import {
  bindFlow,
  boundedLogScale,
  type FlowLayer,
  type FlowOptions,
  flowSize,
  hiddenAxis,
  layerParameters,
} from "./flow.ts";
import type { Guide, Parameters } from "./guide.ts";

/**
 * A normalising flow of affine coupling layers (L. Dinh, J. Sohl-Dickstein & S. Bengio, *Density estimation using Real
 * NVP*, ICLR 2017, eqs. 4–9): every other coordinate stays, the rest are shifted and scaled as a network of those says,
 *
 * y_i = x_i exp(s_i(x_stay)) + t_i(x_stay),
 *
 * and the halves change places from layer to layer. Both directions cost the same. For posteriors that bend (bananas,
 * funnels); one coordinate alone has nothing to be bent by. Weights are fitted by Adam: expect some thousands of steps.
 *
 * @param options `layers`, default 6, and `width`, hidden units of each layer's network (one tanh layer), default 16.
 */
export function couplingFlow(options: FlowOptions = {}): Guide {
  const { layers, width } = flowSize("couplingFlow", options, 6);
  return {
    name: "coupling-flow",
    startFamily: "full-rank",
    bind: (coordinate, start) => {
      const hidden = hiddenAxis(coordinate, width);
      const made = Array.from({ length: layers }, (_, k) => coupling(coordinate, hidden, k));
      return bindFlow("coupling-flow", coordinate, start, made, "sticking-the-landing");
    },
  };
}

function coupling(row: Axis, hidden: Axis, number: number): FlowLayer {
  const column = row.prime();
  const parity = number % 2;
  const stays = (axis: Axis): Value => eq(mod(iota(axis), 2), parity);
  /** Shift and log scale of the coordinates that move, zero for those that stay. */
  const network = (lambda: Parameters, x: Value): { s: Value; t: Value } => {
    const seen = rename(select(stays(row), x, 0), row, column);
    const units = tanh(add(contract(lambda.first!, seen, column), lambda.bias!));
    const out = (weights: Value, bias: Value): Value =>
      select(stays(row), 0, add(contract(weights, units, hidden), bias));
    return { s: boundedLogScale(out(lambda.scale!, lambda.scaleBias!)), t: out(lambda.shift!, lambda.shiftBias!) };
  };
  return {
    parameters: layerParameters(row, column, hidden, { weights: 11 + number, bias: 101 + number }),
    forward(lambda, x) {
      const { s, t } = network(lambda, x);
      return { y: add(mul(x, exp(s)), t), logScale: s };
    },
    inverse(lambda, y) {
      const { s, t } = network(lambda, y);
      return { x: mul(sub(y, t), exp(castF32(s).neg())), logScale: s };
    },
  };
}
