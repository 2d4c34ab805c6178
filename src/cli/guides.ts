/** Variational families by the names they have on a command line. */
import { InvalidArgumentError } from "commander";
import { categorical, type Family } from "../distributions/index.ts";
import {
  autoregressiveFlow,
  couplingFlow,
  fullRank,
  type Guide,
  guide,
  lowRank,
  markov,
  meanField,
  mixtureGuide,
  withCategoricals,
} from "../guides/index.ts";

const FAMILIES: Readonly<Record<string, () => Guide>> = {
  "mean-field": meanField,
  "full-rank": fullRank,
  "low-rank": lowRank,
  mixture: mixtureGuide,
  "coupling-flow": couplingFlow,
  "autoregressive-flow": autoregressiveFlow,
  markov,
};

export const GUIDES: readonly string[] = Object.keys(FAMILIES);

/** A guide and how it was asked for. */
export interface GuideChoice {
  readonly text: string;
  readonly guide: Guide;
}

/**
 * "full-rank", or a family for each of some sites and one for the others: "theta=full-rank,default=mean-field". Discrete sites
 * that the model does not sum out are categorical.
 */
export function guideChoice(text: string): GuideChoice {
  if (!text.includes("=")) return { text, guide: withCategoricals(familyNamed(text.trim())) };
  const blocks: Record<string, Guide | Family> = {};
  for (const part of text.split(",")) {
    const [site = "", family, ...rest] = part.split("=").map((word) => word.trim());
    if (site === "" || family === undefined || rest.length > 0) {
      throw new InvalidArgumentError(`"${part.trim()}" is not of the form site=family.`);
    }
    if (site in blocks) throw new InvalidArgumentError(`"${site}" has two families.`);
    blocks[site] = family === "categorical" ? categorical() : familyNamed(family);
  }
  return { text, guide: withCategoricals(guide(blocks)) };
}

export const DEFAULT_GUIDE = "mean-field";

function familyNamed(name: string): Guide {
  const family = FAMILIES[name];
  if (family !== undefined) return family();
  throw new InvalidArgumentError(
    `Allowed choices are ${GUIDES.join(", ")}, or one for each site, as in theta=full-rank,default=mean-field.`,
  );
}
