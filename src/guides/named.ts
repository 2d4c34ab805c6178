import { categorical } from "../distributions/index.ts";
import { autoregressiveFlow } from "./autoregressiveFlow.ts";
import { guide } from "./composed.ts";
import { couplingFlow } from "./couplingFlow.ts";
import { withCategoricals } from "./discrete.ts";
import { fullRank } from "./fullRank.ts";
import { type Guide, GuideError } from "./guide.ts";
import { lowRank } from "./lowRank.ts";
import { markov } from "./markov.ts";
import { meanField } from "./meanField.ts";
import { mixtureGuide } from "./mixture.ts";
import { GUIDE_MAKERS, type GuideBlocks, type GuideName, guideWords } from "./names.ts";

/**
 * A guide by the words of `elbow fit --guide`: "full-rank", or a family for each of some sites and one for the others,
 * "theta=full-rank,default=mean-field". Discrete sites that the model does not sum out are categorical. For what comes out of a
 * form or a file of settings; a program that knows its guide calls `fullRank()` or `guide({ … })`.
 *
 * @throws GuideError where the words name no guide; it lists what there is.
 */
export function guideNamed(text: string): Guide {
  const makers: Readonly<Record<(typeof GUIDE_MAKERS)[GuideName], () => Guide>> = {
    meanField,
    fullRank,
    lowRank,
    mixtureGuide,
    couplingFlow,
    autoregressiveFlow,
    markov,
  };
  const words = wordsIn(text);
  if (typeof words === "string") return withCategoricals(makers[GUIDE_MAKERS[words]]());
  const blocks = Object.entries(words).map(([site, family]) => {
    return [site, family === "categorical" ? categorical() : makers[GUIDE_MAKERS[family]]()] as const;
  });
  return withCategoricals(guide(Object.fromEntries(blocks)));
}

function wordsIn(text: string): GuideName | GuideBlocks {
  try {
    return guideWords(text);
  } catch (error) {
    throw new GuideError((error as Error).message);
  }
}
