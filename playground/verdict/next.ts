/** What to do after a verdict. */
import type { NextStep } from "../parts/verdict.tsx";
import type { FitReport, Settings } from "../worker/protocol.ts";

/** A full-rank guide has D(D + 3)/2 parameters. */
const DENSE = 300;
/** Modes of so many parameters a mixture of a few components may still hold. */
const FEW = 40;
const GAUSSIAN: readonly string[] = ["mean-field", "full-rank", "low-rank"];
/** What a mixture is fitted by. */
const ELBO = { objective: "elbo", draws: 16 } as const;

export function nextSteps(
  { json, resumable }: FitReport,
  settings: Settings,
): { readonly text: string; readonly steps: readonly NextStep[] } {
  const scalars = Object.keys(json.parameters).length;
  const richer: NextStep[] = [];
  // Of one number there are no correlations to follow.
  if (settings.guide === "mean-field" && scalars > 1) {
    richer.push(
      scalars <= 2 * DENSE
        ? { label: "Fit with a full-rank guide", settings: { guide: "full-rank" } }
        : { label: "Fit with a low-rank guide", settings: { guide: "low-rank" } },
    );
  } else if (["full-rank", "low-rank"].includes(settings.guide) && scalars > 1 && scalars <= 2 * DENSE) {
    richer.push({ label: "Fit with a normalising flow", settings: { guide: "coupling-flow" } });
  }
  if (GAUSSIAN.includes(settings.guide) && scalars <= FEW) {
    richer.push({ label: "Fit with a mixture of Gaussians", settings: { guide: "mixture", ...ELBO } });
  }
  const onward: NextStep[] = resumable ? [{ label: "Go on from here", resume: true }] : [];
  switch (json.verdict) {
    case "reliable":
      return {
        text: "Read the numbers, and see below whether the model makes data like yours. No such check sees a mode that was never visited: where there may be several, fit from another seed.",
        steps: [{ label: "Fit from another seed", settings: { seed: settings.seed + 1 } }],
      };
    case "unreliable":
      return {
        text: `${richer.length > 0 ? "Let the guide follow the posterior's shape. If that does not do, write" : "Write"} the model in coordinates in which the posterior is more nearly Gaussian: a non-centred form where a scale is inferred, a log of what is positive, predictors centred and scaled. Where there may be several modes (a sign that is free, labels that can be swapped), a mixture holds them; or order what can be swapped.`,
        steps: richer,
      };
    case "not-converged":
      return {
        text: resumable
          ? "Go on from here. If it never settles, more draws a step make the gradients less noisy."
          : "Give it more draws a step, or more steps.",
        steps: [
          ...onward,
          { label: "Fit with four times the draws", settings: { draws: Math.min(65536, 4 * settings.draws) } },
        ],
      };
    case "failed":
      return {
        text: "See the reason above: it names the site. Often a scale can reach zero, a logarithm gets zero, or the data are on a scale that the priors did not expect.",
        steps: [{ label: "Fit from another seed", settings: { seed: settings.seed + 1 } }, ...richer],
      };
  }
}
