import { exp, mul, sub } from "../graph/ops.ts";
import { bindFlow, type FlowOptions, flowSize, type Masks, refuseOne } from "./flow.ts";
import type { Guide } from "./guide.ts";

/**
 * A normalising flow of affine coupling layers (L. Dinh, J. Sohl-Dickstein & S. Bengio, *Density estimation using Real
 * NVP*, ICLR 2017, eqs. 4–9): half of the coordinates stay, the others are shifted and scaled as a network of those says,
 *
 * y_i = x_i exp(s_i(x_stay)) + t_i(x_stay).
 *
 * The halves change places from layer to layer: those of layers 2b and 2b + 1 are told apart by bit b of a coordinate's
 * number, b in turn, so that with 2⌈log₂ D⌉ layers every coordinate is moved by every other one directly. Both directions cost the same.
 * For posteriors that bend (bananas, funnels).
 *
 * @param options `layers`, default 2⌈log₂ D⌉ for D coordinates but at least 4 and at most 6, and `width`, hidden units of each
 * layer's network (one tanh layer), default 16.
 *
 * Throws a GuideError when bound to one coordinate alone, which has nothing to be bent by.
 */
export function couplingFlow(options: FlowOptions = {}): Guide {
  const name = "coupling-flow";
  const { layers, width } = flowSize("couplingFlow", options);
  return {
    name,
    startFamily: "full-rank",
    bind: (coordinate, start) => {
      const size = coordinate.size;
      refuseOne("couplingFlow", coordinate);
      const bits = Math.ceil(Math.log2(size));
      const moves = (layer: number, i: number): boolean => ((i >> (Math.floor(layer / 2) % bits)) & 1) !== layer % 2;
      const masks: Masks = {
        enters: (layer, column) => !moves(layer, column),
        leaves: (layer, row) => moves(layer, row),
        moves,
      };
      const kind = { name, width, masks, seed: 11, gradientEstimator: "sticking-the-landing" } as const;
      return bindFlow(
        {
          ...kind,
          layers: layers ?? Math.min(6, Math.max(4, 2 * bits)),
          // What stays is in y as it was, so that the network says the same of y as of x.
          inverse: (network, y) => {
            const { logScale, shift } = network(y);
            return mul(sub(y, shift), exp(logScale.neg()));
          },
        },
        coordinate,
        start,
      );
    },
  };
}
