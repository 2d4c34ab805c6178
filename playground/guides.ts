/** Guides by name, as on the command line: "mean-field", or "eta=full-rank,default=mean-field". */

/** Families, and the functions of the library that make them. */
export const MAKERS = {
  "mean-field": "meanField",
  "full-rank": "fullRank",
  "low-rank": "lowRank",
  mixture: "mixtureGuide",
  "coupling-flow": "couplingFlow",
  "autoregressive-flow": "autoregressiveFlow",
  markov: "markov",
} as const;

export type Family = keyof typeof MAKERS;
export const FAMILIES = Object.keys(MAKERS) as readonly Family[];

/** The rest of the sites, together. */
export const REST = "default";

export type Blocks = Readonly<Record<string, Family>>;

const isFamily = (name: string): name is Family => name in MAKERS;

/** The family of each block; null for a guide of one family. Throws where there is no such guide. */
export function blocksOf(guide: string): Blocks | null {
  if (isFamily(guide)) return null;
  const entries = guide.split(",").map((part) => part.split("=").map((word) => word.trim()));
  for (const [site, family] of entries) {
    if (!site || family === undefined || !isFamily(family)) throw new Error(`there is no guide "${guide}"`);
  }
  return Object.fromEntries(entries) as Blocks;
}

export const nameOf = (blocks: Blocks): string =>
  Object.entries(blocks)
    .map(([site, family]) => `${site}=${family}`)
    .join(",");
