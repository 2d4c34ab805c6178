/** The scalars of a posterior: their names, and where each lies in the output of its site. */
import type { Axis } from "../graph/axis.ts";
import { sizeOf } from "../graph/axis.ts";
import { canonicalPositions, scalarNames } from "../model/layout.ts";
import type { TracedModel } from "../model/traced.ts";

/** The scalars of one site are first … first + size − 1, row-major over its axes as the user gave them. */
export interface SiteLayout {
  readonly name: string;
  readonly axes: readonly Axis[];
  readonly first: number;
  readonly size: number;
  /** Whether it is sampled rather than computed from what is. */
  readonly latent: boolean;
  /** Whether it is the probability of a discrete site's value. */
  readonly probability: boolean;
}

export interface Scalar {
  readonly name: string;
  readonly site: SiteLayout;
  /** Among all scalars of the model. */
  readonly number: number;
  /** Position in the site's canonical layout. */
  readonly position: number;
}

export interface Layout {
  readonly names: readonly string[];
  readonly sites: readonly SiteLayout[];
  readonly scalars: readonly Scalar[];
}

export function layoutOf(model: TracedModel): Layout {
  const sites: SiteLayout[] = [];
  const scalars: Scalar[] = [];
  const take = (list: readonly { name: string; axes: readonly Axis[] }[], latent: boolean): void => {
    for (const { name, axes } of list) {
      const probability = model.discrete.some(({ probsName }) => probsName === name);
      const site = { name, axes, first: scalars.length, size: sizeOf(axes), latent, probability };
      sites.push(site);
      const positions = canonicalPositions(axes);
      scalarNames(name, axes).forEach((scalar, i) => {
        scalars.push({ name: scalar, site, number: scalars.length, position: positions?.[i] ?? i });
      });
    }
  };
  take(model.latents, true);
  take(model.reported, false);
  return { names: scalars.map(({ name }) => name), sites, scalars };
}

/** The name of a site's output in a program of draws. */
export const valueOutput = (site: string): string => `value.${site}`;

/** The scalars of some sites; of all where none are named. Throws a RangeError for a site that there is not. */
export function selectSites(layout: Layout, sites: readonly string[] | undefined): Layout {
  if (sites === undefined) return layout;
  for (const name of sites) {
    if (!layout.sites.some((site) => site.name === name)) throw new RangeError(`summary: no site "${name}"`);
  }
  const scalars = layout.scalars.filter(({ site }) => sites.includes(site.name));
  return { names: scalars.map(({ name }) => name), sites: layout.sites, scalars };
}
