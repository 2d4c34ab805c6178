/** Amortised q: a network of the data gives the location and scale of every local latent. */
import type { Axis } from "../graph/axis.ts";
import { add, exp, mul, square, sub } from "../graph/ops.ts";
import { shift } from "../graph/reindex.ts";
import { scan } from "../graph/scan.ts";
import { asValue, type Operand, type Value } from "../graph/value.ts";
import type { DeclareParameter } from "../networks/index.ts";

const LOG_TWO_PI = Math.log(2 * Math.PI);

/** What the network of an amortised guide may use. */
export interface AmortisedContext {
  /** Declares a weight of the network; names are the guide's own. */
  readonly parameter: DeclareParameter;
  /** The axes of the site's unconstrained value, in the order the model gave them. */
  readonly axes: readonly Axis[];
  /** The data of an observed site, over its axes. */
  observed(site: string): Value;
}

/** Location and logarithm of the scale of a normal, on the unconstrained scale of the site. */
export interface NormalParameters {
  readonly loc: Operand;
  readonly logScale: Operand;
}

export interface AmortisedDraws {
  readonly value: Value;
  /** log q over the site's axes (and draw). */
  readonly logDensity: Value;
  /** Of each entry, where q does not depend on the draw: a closed divergence may take the place of log q. */
  readonly normal: { readonly loc: Value; readonly logScale: Value } | null;
}

/** A guide of one latent site whose parameters are a network's. For `train`. */
export interface AmortisedGuide {
  readonly kind: "amortised";
  readonly name: string;
  /** `axes`: those of the site's unconstrained value; `noise`: standard normals over axes and draw. */
  sample(context: AmortisedContext, axes: readonly Axis[], noise: (axes: readonly Axis[]) => Value): AmortisedDraws;
}

const normalDensity = (epsilon: Value, logScale: Value): Value =>
  sub(mul(square(epsilon), -0.5), logScale).sub(LOG_TWO_PI / 2);

/**
 * q_θ(z_i | x_i) = N(z_i; μ_θ(x_i), σ_θ(x_i)²), μ and log σ the outputs of a network of data (D. P. Kingma & M. Welling,
 * *Auto-encoding variational Bayes*, ICLR 2014, §3): what is learned does not grow with the number of entries.
 */
export function amortised(network: (context: AmortisedContext) => NormalParameters): AmortisedGuide {
  return {
    kind: "amortised",
    name: "amortised",
    sample(context, axes, noise) {
      const found = network(context);
      const [loc, logScale] = [asValue(found.loc), asValue(found.logScale)];
      const epsilon = noise(axes);
      return {
        value: add(loc, mul(exp(logScale), epsilon)),
        logDensity: normalDensity(epsilon, logScale),
        normal: { loc, logScale },
      };
    },
  };
}

/**
 * q_θ(z | x) = Π_t N(z_t; μ_θ(z_{t−1}, x)_t, σ_θ(z_{t−1}, x)_t²) along the axis `time` of the site, z_{−1} = 0. `network`
 * is given z_{t−1} and may use values that run over `time` (the states of a recurrent network say), which stand for
 * their entry at t (R. Krishnan, U. Shalit & D. Sontag, *Structured inference networks for nonlinear state space models*,
 * AAAI 2017, §4).
 */
export function amortisedChain(
  time: Axis | string,
  network: (context: AmortisedContext) => (previous: Value) => NormalParameters,
): AmortisedGuide {
  return {
    kind: "amortised",
    name: "amortised chain",
    sample(context, axes, noise) {
      const axis = typeof time === "string" ? axes.find(({ name }) => name === time) : time;
      if (axis === undefined || !axes.includes(axis)) {
        throw new TypeError(`amortisedChain("${String(time)}", …): the site runs over ${axes.join(" × ")}`);
      }
      const step = network(context);
      const epsilon = noise(axes);
      const value = scan(axis, 0, (previous) => {
        const { loc, logScale } = step(previous);
        return add(loc, mul(exp(logScale), epsilon));
      });
      const logScale = asValue(step(shift(value, axis, 1)).logScale);
      return { value, logDensity: normalDensity(epsilon, logScale), normal: null };
    },
  };
}
