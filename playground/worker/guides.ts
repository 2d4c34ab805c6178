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
} from "elbow-gpu";
import { blocksOf, type Family, MAKERS } from "../guides.ts";

const LIBRARY: Readonly<Record<(typeof MAKERS)[Family], () => Guide>> = {
  meanField,
  fullRank,
  lowRank,
  mixtureGuide,
  couplingFlow,
  autoregressiveFlow,
  markov,
};

const made = (family: Family): Guide => LIBRARY[MAKERS[family]]();

/** The library's guide of a name. */
export function guideNamed(name: string): Guide {
  const blocks = blocksOf(name);
  if (blocks === null) return made(name as Family);
  return guide(Object.fromEntries(Object.entries(blocks).map(([site, family]) => [site, made(family)])));
}
