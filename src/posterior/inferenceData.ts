/** A posterior as the JSON of ArviZ's InferenceData: groups of variables, each over chain, draw and its own axes. */
import type { Axis } from "../graph/axis.ts";
import { canonicalPositions } from "../model/layout.ts";
import type { ObservedSite } from "../model/sites.ts";
import type { PosteriorDraws, SiteDraws } from "./draws.ts";
import type { Fitted } from "./fitted.ts";
import type { Predictive } from "./predictive.ts";

type Nested = number | null | readonly Nested[];
type Group = Readonly<Record<string, Nested>>;

type Attributes = Readonly<Record<string, string | number>>;

/** The object that `arviz.from_json` reads: its keys are the arguments of `arviz.from_dict`. */
export interface InferenceDataJson {
  readonly posterior: Group;
  readonly posterior_attrs: Attributes;
  readonly posterior_predictive?: Group;
  /** `lp`: log p(x, z), `log_q`: log q(z), both on the unconstrained scale. */
  readonly sample_stats: Group;
  readonly observed_data?: Group;
  /** Names of the axes of each variable: the model's plates. */
  readonly dims: Readonly<Record<string, readonly string[]>>;
  /** Entries of each axis, from 1 as in the names of a summary. */
  readonly coords: Readonly<Record<string, readonly number[]>>;
  readonly attrs: Attributes;
}

/** Names that ArviZ gives to the axes of every variable. */
const RESERVED: readonly string[] = ["chain", "draw"];

/**
 * q's draws are independent: they go as one chain. Groups, names and layout: "InferenceData schema specification" of
 * ArviZ. What JSON cannot say becomes null.
 */
export function inferenceData(
  { model, guide, seed }: Fitted,
  draws: PosteriorDraws,
  predictive: Predictive | null,
): InferenceDataJson {
  const reported = [...model.latents, ...model.reported];
  const observed = model.observed.flatMap((site) => {
    const values = dataOf(site, model.inputs);
    return values === null ? [] : [[site.name, values] as const];
  });
  const sites = [...reported, ...model.observed];
  const taken = new Set([...RESERVED, ...sites.map(({ name }) => name)]);
  // A variable and an axis of one name are one thing to xarray.
  const dimension = ({ name }: Axis): string => (taken.has(name) ? `${name}_dim` : name);
  const attrs = { inference_library: "elbow-gpu", model: model.name, guide: guide.name, seed };
  return {
    posterior: groupOf(reported, draws.count, draws.bySite),
    posterior_attrs: attrs,
    ...(predictive !== null && {
      posterior_predictive: groupOf(model.observed, predictive.count, predictive.bySite),
    }),
    sample_stats: {
      lp: nested(draws.logJoint, [1, draws.count]),
      log_q: nested(draws.logDensity, [1, draws.count]),
    },
    ...(observed.length > 0 && { observed_data: Object.fromEntries(observed) }),
    dims: Object.fromEntries(
      sites.filter(({ axes }) => axes.length > 0).map(({ name, axes }) => [name, axes.map(dimension)]),
    ),
    coords: Object.fromEntries(
      sites.flatMap(({ axes }) =>
        axes.map((axis) => [dimension(axis), Array.from({ length: axis.size }, (_, i) => i + 1)]),
      ),
    ),
    attrs,
  };
}

function groupOf(sites: readonly { readonly name: string }[], count: number, of: (name: string) => SiteDraws): Group {
  return Object.fromEntries(
    sites.map(({ name }) => {
      const { shape, draws } = of(name);
      return [name, nested(draws, [1, count, ...shape])];
    }),
  );
}

/** Data in the order of the site's axes; null where they are computed or partly inferred. */
function dataOf({ axes, value }: ObservedSite, inputs: ReadonlyMap<string, Float64Array>): Nested | null {
  const data = value.op.kind === "input" ? inputs.get(value.op.name) : undefined;
  if (data === undefined) return null;
  const positions = canonicalPositions(axes);
  const own = positions === null ? data : data.map((_, i) => data[positions[i]!]!);
  return nested(
    own,
    axes.map((axis) => axis.size),
  );
}

/** Row-major numbers as nested arrays. */
function nested(values: ArrayLike<number>, shape: readonly number[], start = 0): Nested {
  const [length, ...inner] = shape;
  if (length === undefined) return Number.isFinite(values[start]) ? values[start]! : null;
  const stride = inner.reduce((product, extent) => product * extent, 1);
  return Array.from({ length }, (_, i) => nested(values, inner, start + i * stride));
}
