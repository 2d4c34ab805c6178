import { chi, elbo, forwardKl, iwae, type Objective, renyi } from "./choices.ts";
import { ObjectiveError } from "./errors.ts";
import { type ObjectiveCall, objectiveWords } from "./names.ts";

/**
 * An objective by the words of `elbow fit --objective`: "elbo", "elbo:kl", "iwae:50" (K = 50), "renyi:0.5:10" (α = 0.5,
 * K = 10), "forward-kl", "chi". For what comes out of a form or a file of settings.
 *
 * @throws ObjectiveError where the words name no objective, or its numbers make none.
 */
export function objectiveNamed(text: string): Objective {
  const { name, options } = wordsIn(text);
  return { elbo, iwae, renyi, "forward-kl": forwardKl, chi }[name](options);
}

function wordsIn(text: string): ObjectiveCall {
  try {
    return objectiveWords(text);
  } catch (error) {
    throw new ObjectiveError(null, (error as Error).message);
  }
}
