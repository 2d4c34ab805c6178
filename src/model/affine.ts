/** The offset and multiplier of a real latent: other coordinates for the same density. */
import { type Distribution, describeSupport } from "../distributions/index.ts";
import { type Axis, withoutAxes } from "../graph/axis.ts";
import { asValue, type Operand } from "../graph/value.ts";
import { offsetMultiplier, type Transform } from "../transforms/index.ts";
import { ModelError } from "./errors.ts";
import { describeAxes } from "./layout.ts";
import { hostNumbers, type IsLatent } from "./sitechecks.ts";

/**
 * How a latent is laid out in the unconstrained space; its density stays what it is. Stan's
 * `real<offset=mu, multiplier=tau>`: the site is offset + multiplier·u, and the guide is over u. And whether a discrete one is
 * summed out.
 */
export interface SampleOptions {
  /** Default 0. May be a latent. */
  readonly offset?: Operand;
  /** Default 1; positive. May be a latent: `sample("theta", normal(mu, tau), [school], { offset: mu, multiplier: tau })`. */
  readonly multiplier?: Operand;
  /**
   * Of a discrete latent: sum it out exactly, log Σ_z p(x, z | rest), entry by entry of its plates. Default false: the guide has a
   * block for it, as in `guide({ z: categorical(), default: meanField() })`.
   */
  readonly enumerate?: boolean;
}

/** The transform that the options ask for; null where they ask for none. Throws a ModelError where they do not fit. */
export function affineTransform(
  site: string,
  distribution: Distribution,
  axes: readonly Axis[],
  options: SampleOptions | undefined,
  isLatent: IsLatent,
): Transform | null {
  if (options?.offset === undefined && options?.multiplier === undefined) return null;
  const { kind } = distribution.support;
  if (kind !== "real" && kind !== "realVector") {
    throw new ModelError(
      "wrong-argument",
      site,
      `${site}: offset and multiplier are for real latents, and a ${distribution.name} is ` +
        `${describeSupport(distribution.support)}; leave them out`,
    );
  }
  const offset = asValue(options.offset ?? 0);
  const multiplier = asValue(options.multiplier ?? 1);
  for (const [name, value] of Object.entries({ offset, multiplier })) {
    const foreign = withoutAxes(value.axes, axes);
    if (foreign.length > 0) {
      throw new ModelError(
        "axis-mismatch",
        site,
        `${site}: its ${name} runs over ${describeAxes(foreign)} and the site does not; give the site that plate, or ` +
          `take one entry of the ${name}`,
      );
    }
    if (isLatent(value)) continue;
    const isValid = (x: number): boolean => Number.isFinite(x) && (name === "offset" || x > 0);
    const wrong = hostNumbers(value, value.axes).find((x) => !isValid(x));
    if (wrong === undefined) continue;
    const wanted = name === "offset" ? "finite" : "positive and finite";
    throw new ModelError("parameter-domain", site, `${site}: its ${name} must be ${wanted}; got ${wrong}`);
  }
  return offsetMultiplier(offset, multiplier, distribution.eventAxes);
}
