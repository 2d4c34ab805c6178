/** The variational families by the names they have on the command line. */
import {
  autoregressiveFlow,
  couplingFlow,
  fullRank,
  type Guide,
  lowRank,
  markov,
  meanField,
  mixtureGuide,
} from "../guides/index.ts";

const FAMILIES = {
  "mean-field": meanField,
  "full-rank": fullRank,
  "low-rank": lowRank,
  mixture: mixtureGuide,
  "coupling-flow": couplingFlow,
  "autoregressive-flow": autoregressiveFlow,
  markov,
} as const;

export type GuideName = keyof typeof FAMILIES;

export const GUIDES = Object.keys(FAMILIES) as GuideName[];

export const guideNamed = (name: GuideName): Guide => FAMILIES[name]();
