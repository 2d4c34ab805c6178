/** Guides composed per site: independent blocks of the unconstrained vector, each with a family of its own. */
import type { Family } from "../distributions/index.ts";
import { Axis } from "../graph/axis.ts";
import { add } from "../graph/ops.ts";
import { pad, rename, slice } from "../graph/reindex.ts";
import type { Value } from "../graph/value.ts";
import type { DiscreteSite } from "../model/sites.ts";
import { blockStart } from "./blockStart.ts";
import { betaGuide, dirichletGuide, gammaGuide } from "./conjugate.ts";
import { discreteBlock, withDiscrete } from "./discrete.ts";
import {
  type BoundGuide,
  checkStart,
  type Guide,
  type GuideDraws,
  GuideError,
  type GuideStart,
  type Moments,
  type Noise,
  type Parameters,
  type SiteSpan,
} from "./guide.ts";
import { meanField } from "./meanField.ts";
import { REST } from "./names.ts";

/**
 * Guides by the name of a latent site; `default`: one guide for all continuous sites not named, together. A discrete site has a
 * family: `categorical()`, or `bernoulli()` where it has two values. A continuous one may have a family on its own scale:
 * `gamma()` if positive, `beta()` between two bounds, `dirichlet()` for a simplex.
 */
export type BlockGuides = Readonly<Record<string, Guide | Family>>;

/**
 * q(z) = Π_b q_b(z_b): independent blocks, each with a guide of its own, as in
 *
 * `guide({ mu: fullRank(), z: categorical(), default: meanField() })`.
 *
 * Within a block its family's correlations are kept, between blocks there are none (structured mean field: L. Saul &
 * M. Jordan, *Exploiting tractable substructures in intractable networks*, NeurIPS 1996). log q and the entropy are sums
 * over blocks and the Fisher information is block diagonal, so that each block has its own natural gradient.
 *
 * Throws a GuideError when bound to a model that has no site of a name given, or sites that no block covers.
 */
export function guide(blocks: BlockGuides): Guide {
  const entries = Object.entries(blocks);
  if (entries.length === 0) throw new GuideError("guide({ … }) needs a guide for at least one site");
  for (const [name, block] of entries) {
    const isObject = typeof block === "object" && block !== null;
    if (isObject && ("bind" in block ? typeof block.bind === "function" : isFamily(block))) continue;
    throw new GuideError(
      `guide({ ${name}: … }) must be a guide such as meanField() or fullRank(), a family such as gamma(), beta() or dirichlet(), ` +
        "or, for a discrete site, categorical() or bernoulli()",
    );
  }
  const families = entries.flatMap(([name, block]) => (isDiscrete(block) ? [[name, block as Family] as const] : []));
  const guides = entries.flatMap(([name, block]) => {
    if ("bind" in block) return [[name, block] as const];
    const exact = EXACT[block.family];
    return exact === undefined ? [] : [[name, exact()] as const];
  });
  const nameOf = (block: Guide | Family): string => ("bind" in block ? block.name : block.family);
  const name = `{ ${entries.map(([site, block]) => `${site}: ${nameOf(block)}`).join(", ")} }`;
  return {
    name,
    startFamily: guides.every(([, block]) => block.startFamily === "mean-field") ? "mean-field" : "full-rank",
    bind(coordinate, start, sites = [], discrete = []) {
      const misplaced = guides.find(([site]) => discrete.some((own) => own.name === site));
      if (misplaced !== undefined) {
        throw new GuideError(
          `guide({ ${misplaced[0]}: … }): the site "${misplaced[0]}" is discrete, give it categorical() or bernoulli()`,
        );
      }
      const finite = families.map(([site, family]) => discreteBlock(site, siteNamed(site, family, discrete), family));
      // The one coordinate of a model without continuous sites is a standard normal.
      const inner =
        sites.length === 0 && guides.every(([site]) => site === REST)
          ? meanField().bind(coordinate, start)
          : bind(guides, coordinate, start, sites);
      if (finite.length > 0 && inner.stratified !== undefined) {
        throw new GuideError(
          `${name}: a mixture and a block of a discrete site do not go together; take a flow or a Gaussian`,
        );
      }
      return finite.length === 0 ? inner : withDiscrete(inner, name, finite, start.discrete);
    },
  };
}

const DISCRETE: readonly string[] = ["categorical", "bernoulli"];
const isDiscrete = (block: Guide | Family): boolean => "family" in block && DISCRETE.includes(block.family);
const EXACT: Readonly<Record<string, () => Guide>> = { gamma: gammaGuide, beta: betaGuide, dirichlet: dirichletGuide };
const isFamily = (block: Guide | Family): boolean =>
  "family" in block && (isDiscrete(block) || Object.hasOwn(EXACT, block.family));

function siteNamed(name: string, { family }: Family, discrete: readonly DiscreteSite[]): DiscreteSite {
  const site = discrete.find((own) => own.name === name);
  if (site === undefined) {
    const names = discrete.map((own) => `"${own.name}"`).join(", ");
    throw new GuideError(
      `guide({ ${name}: ${family}() }): the model has no discrete site "${name}"; it has ${names === "" ? "none" : names}`,
    );
  }
  if (site.enumerate) {
    throw new GuideError(
      `guide({ ${name}: ${family}() }): the model sums "${name}" out, sample("${name}", …, { enumerate: true }): leave out one of them`,
    );
  }
  if (family === "bernoulli" && site.states.size !== 2) {
    throw new GuideError(
      `guide({ ${name}: bernoulli() }): "${name}" has ${site.states.size} values, not two: use categorical()`,
    );
  }
  return site;
}

interface Block {
  readonly name: string;
  readonly bound: BoundGuide;
  /** The coordinates of the block, ascending. */
  readonly positions: readonly number[];
  /** The block's part of a vector over all coordinates. */
  take(x: Value): Value;
  /** A vector over the block among all coordinates, zero elsewhere. */
  put(x: Value): Value;
}

function bind(
  entries: readonly (readonly [string, Guide])[],
  coordinate: Axis,
  start: GuideStart,
  sites: readonly SiteSpan[],
): BoundGuide {
  checkStart(start, coordinate.size);
  const blocks = spansOf(entries, sites).map(([name, family, spans]) => {
    return makeBlock(name, family, spans, coordinate, start);
  });
  const part = <T>(record: Readonly<Record<string, T>>, { name }: Block): Record<string, T> => {
    const prefix = `${name}.`;
    const own = Object.entries(record).filter(([key]) => key.startsWith(prefix));
    return Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), value]));
  };
  const joined = <T>(records: readonly Readonly<Record<string, T>>[]): Record<string, T> =>
    Object.fromEntries(
      records.flatMap((record, b) =>
        Object.entries(record).map(([key, value]) => [`${blocks[b]!.name}.${key}`, value] as const),
      ),
    );
  const total = (values: readonly Value[]): Value => values.reduce((a, b) => add(a, b));
  const each = <T>(f: (block: Block, index: number) => T): T[] => blocks.map(f);

  const weighted = blocks.filter(({ bound }) => bound.stratified !== undefined);
  if (weighted.length > 1) {
    const names = weighted.map(({ name }) => name).join(", ");
    throw new GuideError(`guide({ … }): only one block may be a mixture, not ${names}; give them one together`);
  }
  /** The draws of all blocks, each with noise of its own. */
  const joinDraws = (
    lambda: Parameters,
    constants: Parameters,
    noise: Noise,
    methodOf: (block: Block) => BoundGuide["sample"],
  ): GuideDraws => {
    const parts = each((block, b) =>
      methodOf(block)(part(lambda, block), part(constants, block), (distribution, axes, stream) =>
        noise(distribution, axes, stream * blocks.length + b),
      ),
    );
    const entropies = parts.map(({ entropy }) => entropy).filter((entropy) => entropy !== null);
    const radii = parts.map(({ radius }) => radius).filter((radius) => radius !== null);
    const z = total(each((block, b) => block.put(parts[b]!.z)));
    const weight = parts.find((own) => own.weight !== undefined)?.weight;
    return {
      z,
      logDensity: total(parts.map(({ logDensity }) => logDensity)),
      entropy: entropies.length === parts.length ? total(entropies) : null,
      noise: parts[0]!.noise,
      radius: radii.length === parts.length ? total(radii) : null,
      ...(weight !== undefined && { weight }),
      parts,
    };
  };

  return {
    name: `{ ${each(({ name, bound }) => `${name}: ${bound.name}`).join(", ")} }`,
    coordinate,
    parameters: joined(each(({ bound }) => bound.parameters)),
    constants: joined(each(({ bound }) => bound.constants)),
    localAxes: joined(each(({ bound }) => bound.localAxes)),
    gradientEstimator: blocks.every(({ bound }) => bound.gradientEstimator === "sticking-the-landing")
      ? "sticking-the-landing"
      : "reparameterised",

    sample: (lambda, constants, noise) => joinDraws(lambda, constants, noise, ({ bound }) => bound.sample),
    ...(weighted.length > 0 && {
      stratified: (lambda: Parameters, constants: Parameters, noise: Noise) =>
        joinDraws(lambda, constants, noise, ({ bound }) => bound.stratified ?? bound.sample),
    }),
    logDensityAt: (lambda, constants, z) =>
      total(each((block) => block.bound.logDensityAt(part(lambda, block), part(constants, block), block.take(z)))),

    termsAreShares: blocks.some(({ bound }) => bound.termsAreShares === true),
    ...(blocks.every(({ bound }) => bound.logDensityTerms !== undefined) && {
      logDensityTerms: (lambda: Parameters, constants: Parameters, draws: GuideDraws): Value =>
        total(
          each((block, b) => {
            return block.put(
              block.bound.logDensityTerms!(part(lambda, block), part(constants, block), draws.parts![b]!),
            );
          }),
        ),
    }),

    marginals(lambda, constants) {
      const found = each((block) => block.bound.marginals(part(lambda, block), part(constants, block)));
      if (found.some((own) => own === null)) return null;
      return {
        loc: total(each((block, b) => block.put(found[b]!.loc))),
        scale: total(each((block, b) => block.put(found[b]!.scale))),
      };
    },

    naturalGradient: (lambda, constants, draws, scores, estimator) =>
      joined(
        each((block, b) =>
          block.bound.naturalGradient(
            part(lambda, block),
            part(constants, block),
            draws.parts![b]!,
            { ...scores, score: block.take(scores.score) },
            estimator,
          ),
        ),
      ),
    pullback: (lambda, constants, gradient) =>
      joined(each((block) => block.bound.pullback(part(lambda, block), part(constants, block), part(gradient, block)))),
    retract: (lambda: Parameters, constants, step) =>
      joined(each((block) => block.bound.retract(part(lambda, block), part(constants, block), part(step, block)))),

    moments: (lambda) =>
      momentsOf(
        blocks,
        each((block) => block.bound.moments(part(lambda, block))),
        coordinate.size,
      ),
  };
}

/** The sites of every block, in the order of the vector; `default` has those that are left. */
function spansOf(
  entries: readonly (readonly [string, Guide])[],
  sites: readonly SiteSpan[],
): (readonly [string, Guide, readonly SiteSpan[]])[] {
  const names = sites.map(({ name }) => `"${name}"`).join(", ");
  const named = new Set(entries.map(([name]) => name));
  const rest = sites.filter(({ name }) => !named.has(name) || name === REST);
  const found = entries.map(([name, family]) => {
    const spans = name === REST ? rest : sites.filter((site) => site.name === name);
    if (spans.length === 0 && name !== REST) {
      throw new GuideError(`guide({ ${name}: … }): the model has no latent site "${name}"; it has ${names}`);
    }
    return [name, family, spans] as const;
  });
  if (rest.length > 0 && !named.has(REST)) {
    const left = rest.map(({ name }) => `"${name}"`).join(", ");
    throw new GuideError(`guide({ … }) leaves out ${left}: name them, or give a guide for all others as "default"`);
  }
  return found.filter(([, , spans]) => spans.length > 0);
}

function makeBlock(
  name: string,
  family: Guide,
  spans: readonly SiteSpan[],
  coordinate: Axis,
  start: GuideStart,
): Block {
  const positions = spans.flatMap(({ start: first, length }) => Array.from({ length }, (_, i) => first + i));
  const axis = new Axis(name, positions.length);
  let offset = 0;
  const pieces = spans.map((span) => {
    const piece = { site: span, span: new Axis(`${name} ${span.name}`, span.length), first: span.start, offset };
    offset += span.length;
    return piece;
  });
  const within = pieces.map(({ site, offset: at }) => ({ ...site, start: at }));
  return {
    name,
    bound: family.bind(axis, blockStart(start, positions), within),
    positions,
    take: (x) =>
      pieces.length === 1
        ? slice(x, coordinate, axis, pieces[0]!.first)
        : pieces
            .map(({ span, first, offset: at }) => pad(slice(x, coordinate, span, first), span, axis, at))
            .reduce((a, b) => add(a, b)),
    put: (x) =>
      pieces
        .map(({ span, first, offset: at }) => {
          const own = pieces.length === 1 ? rename(x, axis, span) : slice(x, axis, span, at);
          return pad(own, span, coordinate, first);
        })
        .reduce((a, b) => add(a, b)),
  };
}

function momentsOf(blocks: readonly Block[], found: readonly (Moments | null)[], size: number): Moments | null {
  const moments = found.filter((own) => own !== null);
  if (moments.length < found.length) return null;
  const complete = moments.every((own) => own.complete);
  const [loc, scale] = [new Float64Array(size), new Float64Array(size)];
  const dense = complete && moments.some((own) => own.scaleTril !== null);
  const scaleTril = dense ? new Float64Array(size * size) : null;
  for (const [b, { positions }] of blocks.entries()) {
    const own = moments[b]!;
    const n = positions.length;
    for (const [i, row] of positions.entries()) {
      loc[row] = own.loc[i]!;
      scale[row] = own.scale[i]!;
      if (scaleTril === null) continue;
      if (own.scaleTril === null) scaleTril[row * size + row] = own.scale[i]!;
      else for (let j = 0; j <= i; j++) scaleTril[row * size + positions[j]!] = own.scaleTril[i * n + j]!;
    }
  }
  return { loc, scaleTril, scale, gaussian: moments.every(({ gaussian }) => gaussian), complete };
}
