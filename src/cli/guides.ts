/** The variational families by the names they have on the command line. */
import { fullRank, type Guide, markov, meanField } from "../guides/index.ts";

const FAMILIES = {
  "mean-field": meanField,
  "full-rank": fullRank,
  markov,
} as const;

export type GuideName = keyof typeof FAMILIES;

export const GUIDES = Object.keys(FAMILIES) as GuideName[];

export const guideNamed = (name: GuideName): Guide => FAMILIES[name]();
