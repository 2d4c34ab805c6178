import { fullRank, type Guide, guide, markov, meanField } from "elbow-gpu";
import { blocksOf, type Family } from "../guides.ts";

const MAKERS: Readonly<Record<Family, () => Guide>> = { "mean-field": meanField, "full-rank": fullRank, markov };

/** The library's guide of a name. */
export function guideNamed(name: string): Guide {
  const blocks = blocksOf(name);
  if (blocks === null) return MAKERS[name as Family]();
  return guide(Object.fromEntries(Object.entries(blocks).map(([site, family]) => [site, MAKERS[family]()])));
}
