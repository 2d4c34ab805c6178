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

/** The library's guide of a name; what is discrete and not summed out has a categorical q, as on the command line. */
export function guideNamed(name: string): Guide {
  const blocks = blocksOf(name);
  if (blocks === null) return withCategoricals(made(name as Family));
  const own = Object.entries(blocks).map(([site, family]) => [site, made(family)]);
  return withCategoricals(guide(Object.fromEntries(own)));
}
