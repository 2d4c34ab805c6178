/** The ELBO term by term along a plate: the temporal bound, where that is time. */
import { type Axis, isDrawAxis } from "../graph/axis.ts";
import { expand } from "../graph/expand.ts";
import type { Backend } from "../graph/program.ts";
import type { TracedModel } from "../model/traced.ts";
import type { Estimate } from "./elbo.ts";
import { type Fitted, PosteriorError } from "./fitted.ts";
import { RunningMean } from "./moments.ts";
import { DrawProgram, STEPS } from "./programs.ts";

/** Arrays have an entry for each of the plate, in nats. */
export interface ElboTerms {
  readonly plate: string;
  /** E_q[log p(x_t | z)]. */
  readonly likelihood: Float64Array;
  /** E_q[log p(z_t | z_{<t})]. */
  readonly prior: Float64Array;
  /** −E_q[log q(z_t | z_{<t})]; of a flow its share of −E_q[log q(z)], see `conditional`. */
  readonly entropy: Float64Array;
  /** False where `entropy` is not of conditional densities, which flows do not have. The terms sum to the ELBO all the same. */
  readonly conditional: boolean;
  /** The sum of the three, with its standard error: the share of t in the ELBO. */
  readonly total: Float64Array;
  readonly standardError: Float64Array;
  /** What belongs to no t: sites that do not run over the plate. */
  readonly rest: Estimate;
  /** All of it. */
  readonly elbo: Estimate;
}

export interface ElboTermsOptions {
  /** Default 4000. */
  readonly draws?: number;
  /** Default: that of the fit. */
  readonly seed?: number;
}

/**
 * Splits the ELBO of a fit along the plate named `along`:
 *
 * ELBO = Σ_t { E_q[log p(x_t | z)] + E_q[log p(z_t | z_{<t})] − E_q[log q(z_t | z_{<t})] } + rest,
 *
 * where the last two of a t are −E_q KL(q(z_t | z_{<t}) ‖ p(z_t | z_{<t})). This is the bound of sequences (J. Chung et al.,
 * *A recurrent latent variable model for sequential data*, NeurIPS 2015, §3), for any plate and any guide. In log q "before"
 * means: declared before in the model, or earlier along the plate. What depends on discrete sites is in `rest`, since it is
 * summed over all their values at once.
 *
 * @throws PosteriorError "wrong-argument" where no site runs over such a plate, "no-terms" where every site that does
 * depends on discrete ones, or the guide does not say what its density is made of.
 */
export async function elboTerms(
  fitted: Fitted,
  backend: Backend,
  along: string,
  options: ElboTermsOptions,
): Promise<ElboTerms> {
  const { model, guide } = fitted;
  const plate = plateOf(model, along);
  if (guide.logDensityTerms === undefined) {
    throw new PosteriorError("no-terms", `the guide "${guide.name}" has no density of one coordinate given others`);
  }
  if (!model.hasTermsAlong(plate)) {
    throw new PosteriorError(
      "no-terms",
      `terms: all that runs over "${along}" depends on discrete sites, whose values are summed over together: its terms are not apart`,
    );
  }
  const { draws = 4000, seed = fitted.seed } = options;
  const program = await DrawProgram.compile(fitted, backend, {
    purpose: `terms along ${along}`,
    proposal: "guide",
    build: (drawn, _joint, bound) => {
      const draw = drawn.z.axes.find(isDrawAxis)!;
      const terms = expand(drawn.conditionals!(), [guide.coordinate, draw]);
      return {
        ...model.along(plate, drawn.z),
        entropy: model.coordinatesAlong(plate, terms).neg(),
        elbo: bound.logJoint.sub(drawn.logDensity),
      };
    },
    usual: draws,
  });
  const sums = { likelihood: means(plate), prior: means(plate), entropy: means(plate), total: means(plate) };
  const rest = new RunningMean();
  const elbo = new RunningMean();
  try {
    await program.forEachChunk(draws, { step: STEPS.check, seed }, (chunk) => {
      const whole = chunk.column("elbo");
      const left = whole.slice();
      for (let t = 0; t < plate.size; t++) {
        const [likelihood, prior, entropy] = [
          chunk.column("likelihood", t),
          chunk.column("prior", t),
          chunk.column("entropy", t),
        ] as const;
        for (let i = 0; i < chunk.count; i++) {
          if (!Number.isFinite(whole[i])) continue;
          const total = likelihood[i]! + prior[i]! + entropy[i]!;
          sums.likelihood[t]!.add(likelihood[i]!);
          sums.prior[t]!.add(prior[i]!);
          sums.entropy[t]!.add(entropy[i]!);
          sums.total[t]!.add(total);
          left[i]! -= total;
        }
      }
      for (const value of left) rest.add(value);
      for (const value of whole) elbo.add(value);
    });
  } finally {
    program.dispose();
  }
  const values = (means: readonly RunningMean[]): Float64Array => Float64Array.from(means, ({ value }) => value);
  return {
    plate: along,
    likelihood: values(sums.likelihood),
    prior: values(sums.prior),
    entropy: values(sums.entropy),
    conditional: guide.termsAreShares !== true,
    total: values(sums.total),
    standardError: Float64Array.from(sums.total, ({ standardError }) => standardError),
    rest: { value: rest.value, standardError: rest.standardError },
    elbo: { value: elbo.value, standardError: elbo.standardError },
  };
}

const means = ({ size }: Axis): RunningMean[] => Array.from({ length: size }, () => new RunningMean());

function plateOf({ name, latents, observed }: TracedModel, along: string): Axis {
  const axes = [...latents, ...observed].flatMap((site) => site.axes);
  const plate = axes.find((axis) => axis.name === along);
  if (plate !== undefined) return plate;
  const known = [...new Set(axes.map((axis) => axis.name))].join(", ");
  throw new PosteriorError(
    "wrong-argument",
    `terms: no site of "${name}" runs over a plate "${along}"; there are: ${known || "none"}`,
  );
}
