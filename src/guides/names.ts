/** Guides as words: "full-rank", or one for each of some sites, "theta=full-rank,default=mean-field". Imports nothing. */

/** Families, and the functions of the library that make them. */
export const GUIDE_MAKERS = {
  "mean-field": "meanField",
  "full-rank": "fullRank",
  "low-rank": "lowRank",
  mixture: "mixtureGuide",
  "coupling-flow": "couplingFlow",
  "autoregressive-flow": "autoregressiveFlow",
  markov: "markov",
} as const;

export type GuideName = keyof typeof GUIDE_MAKERS;
export const GUIDE_NAMES = /* @__PURE__ */ Object.keys(GUIDE_MAKERS) as readonly GuideName[];
export const DEFAULT_GUIDE: GuideName = "mean-field";

/** What a discrete site may have. */
export const CATEGORICAL = "categorical";

/** The sites that have no guide of their own, together. */
export const REST = "default";

/** Families by site. */
export type GuideBlocks = Readonly<Record<string, GuideName | typeof CATEGORICAL>>;

const isName = (word: string): word is GuideName => Object.hasOwn(GUIDE_MAKERS, word);

/** One family for all sites, or one for each. Throws an Error that says what there is. */
export function guideWords(text: string): GuideName | GuideBlocks {
  const word = text.trim();
  if (isName(word)) return word;
  if (!word.includes("=")) throw noGuide(word);
  const blocks: Record<string, GuideBlocks[string]> = {};
  for (const part of word.split(",")) {
    const [site = "", family, ...rest] = part.split("=").map((piece) => piece.trim());
    if (site === "" || family === undefined || rest.length > 0) {
      throw new Error(`"${part.trim()}" is not of the form site=family`);
    }
    if (Object.hasOwn(blocks, site)) throw new Error(`"${site}" has two families`);
    if (family !== CATEGORICAL && !isName(family)) throw noGuide(family);
    blocks[site] = family;
  }
  return blocks;
}

const noGuide = (word: string): Error =>
  new Error(
    `there is no guide "${word}": there are ${GUIDE_NAMES.join(", ")}, or one for each site, as in ` +
      "theta=full-rank,default=mean-field",
  );

export const wordsOf = (blocks: GuideBlocks): string =>
  Object.entries(blocks)
    .map(([site, family]) => `${site}=${family}`)
    .join(",");
