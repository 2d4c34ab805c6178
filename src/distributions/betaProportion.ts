import { type Operand, sub } from "../graph/ops.ts";
import { betaLaw } from "./beta.ts";
import { type Distribution, hostNumber, makeDistribution, takeParameters } from "./distribution.ts";
import { sampleBeta } from "./sampling/gamma.ts";

/**
 * The beta distribution by its `mean` μ, strictly between 0 and 1, and its total `concentration` κ:
 * beta(μκ, (1 − μ)κ).
 *
 * Source: Stan Functions Reference, "Beta proportion distribution"; Ferrari & Cribari-Neto (2004), "Beta regression
 * for modelling rates and proportions", J. of Applied Statistics 31.
 */
export function betaProportion(mean: Operand, concentration: Operand): Distribution {
  const { parameters, checks } = takeParameters("betaProportion", {
    mean: [mean, "unitInterval"],
    concentration: [concentration, "positive"],
  });
  const { mean: mu, concentration: kappa } = parameters;
  return makeDistribution({
    name: "betaProportion",
    support: { kind: "interval", lower: 0, upper: 1, open: true },
    parameters,
    checks,
    ...betaLaw(mu.mul(kappa), sub(1, mu).mul(kappa)),
    sample: (given, random) => {
      const [share, total] = [hostNumber(given, "mean"), hostNumber(given, "concentration")];
      return sampleBeta(share * total, (1 - share) * total, random);
    },
    mean: () => mu,
  });
}
