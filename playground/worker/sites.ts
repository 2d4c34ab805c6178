/** What a model declares, as the page shows it. */
import { type TracedModel, Value } from "elbow-gpu";
import type { Plate, SiteDescription } from "./protocol.ts";

/** Names by which people call what passes. */
const TIME = /^(t|time|times|year|quarter|month|week|day|date|hour|later|period)s?$/i;

/** Plates that a recurrence runs along, or that are named for time. */
export function timePlates({ roots, latents, discrete, observed, deterministics }: TracedModel): ReadonlySet<string> {
  const named = [...latents, ...discrete, ...observed, ...deterministics].flatMap(({ axes }) =>
    axes.map(({ name }) => name),
  );
  const run = Value.topological([...roots]).flatMap(({ op }) => (op.kind === "scan" ? [op.axis.name] : []));
  return new Set([...named.filter((name) => TIME.test(name)), ...run]);
}

/** Every plate of the model: those of its sites, and those of its data. */
export function allPlates(model: TracedModel): Plate[] {
  const { roots, latents, discrete, observed, deterministics } = model;
  const data = Value.topological([...roots]).filter(({ op }) => op.kind === "input" && op.role === "data");
  const axes = [...latents, ...discrete, ...observed, ...deterministics, ...data].flatMap((one) => [...one.axes]);
  const unique = [...new Map(axes.map((axis) => [axis.name, axis])).values()];
  return platesOf(unique, timePlates(model));
}

export function platesOf(axes: readonly { name: string; size: number }[], times: ReadonlySet<string>): Plate[] {
  return axes.map(({ name, size }) => ({ name, size, time: times.has(name) }));
}

export function sitesOf(model: TracedModel): SiteDescription[] {
  const times = timePlates(model);
  const describe = (
    role: SiteDescription["role"],
    sites: readonly { name: string; axes: readonly { name: string; size: number }[] }[],
  ): SiteDescription[] => sites.map(({ name, axes }) => ({ name, role, plates: platesOf(axes, times) }));
  return [
    ...describe("latent", model.latents),
    ...model.discrete.flatMap((site) => describe(site.enumerate ? "enumerated" : "discrete", [site])),
    ...describe("deterministic", model.deterministics),
    ...describe("observed", model.observed),
  ];
}
