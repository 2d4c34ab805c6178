/** Draws of a posterior as arrays. */

import { scalarColumn, valueOutputs } from "./check.ts";
import type { Fitted } from "./fitted.ts";
import type { Layout } from "./layout.ts";
import { type DrawProgram, STEPS } from "./programs.ts";

/** Draws of one site. */
export interface SiteDraws {
  readonly name: string;
  /** Extents of the site's axes in the order the user gave them; [] for a scalar. */
  readonly shape: readonly number[];
  /** Row-major: draws × entries of the site. */
  readonly draws: Float64Array;
}

/** Draws from the guide, in constrained space, deterministic sites included. */
export interface PosteriorDraws {
  readonly count: number;
  /** Scalar names: the columns. */
  readonly names: readonly string[];
  /** Row-major: count × names. */
  readonly draws: Float64Array;
  /** log p(x, z) + log|det J| and log q(z), both on the unconstrained scale. */
  readonly logJoint: Float64Array;
  readonly logDensity: Float64Array;
  bySite(name: string): SiteDraws;
}

export async function drawPosterior(
  fitted: Fitted,
  program: DrawProgram,
  layout: Layout,
  count: number,
  seed: number,
): Promise<PosteriorDraws> {
  const width = layout.scalars.length;
  const draws = new Float64Array(count * width);
  const logJoint = new Float64Array(count);
  const logDensity = new Float64Array(count);
  const read = (): string[] => valueOutputs(layout);
  await program.forEachChunk(count, { step: STEPS.sample, seed, read }, (chunk) => {
    logJoint.set(chunk.column("logJoint"), chunk.start);
    logDensity.set(chunk.column("logDensity"), chunk.start);
    for (let scalar = 0; scalar < width; scalar++) {
      const column = scalarColumn(layout, chunk, scalar);
      for (let i = 0; i < chunk.count; i++) draws[(chunk.start + i) * width + scalar] = column[i]!;
    }
  });
  const bySite = (name: string): SiteDraws => {
    const site = layout.sites.find((candidate) => candidate.name === name);
    if (site === undefined)
      throw new RangeError(`model "${fitted.model.name}" has no latent or deterministic "${name}"`);
    const own = new Float64Array(count * site.size);
    for (let i = 0; i < count; i++) {
      own.set(draws.subarray(i * width + site.first, i * width + site.first + site.size), i * site.size);
    }
    return { name, shape: site.axes.map((axis) => axis.size), draws: own };
  };
  return { count, names: layout.names, draws, logJoint, logDensity, bySite };
}
