/** `elbow check`: traces a model on its data and says what it consists of, without fitting. */
import { describeSupport } from "../../distributions/index.ts";
import { type Axis, sizeOf } from "../../graph/axis.ts";
import type { TracedModel } from "../../model/traced.ts";
import { loadModel } from "../loadModel.ts";
import { textTable } from "../table.ts";
import type { Terminal } from "../terminal.ts";
import { fixed, plural, wrap } from "../text.ts";
import { densityAtZero, unreadFields, warningsAbout } from "./findings.ts";
import { surprisingData } from "./priorPredictive.ts";

interface SiteJson {
  readonly name: string;
  readonly kind: "latent" | "discrete" | "observed" | "factor" | "deterministic" | "learned";
  readonly distribution: string | null;
  readonly axes: readonly { readonly name: string; readonly size: number }[];
  readonly support: string | null;
}

/** The object of `elbow check --json`. */
export interface CheckJson {
  readonly model: string;
  readonly sites: readonly SiteJson[];
  /** Length of the flat unconstrained vector: what a guide is over. */
  readonly coordinates: number;
  /** Scalars of latent and deterministic sites: what a fit reports. */
  readonly scalars: number;
  readonly observations: number;
  /** log p(x, z) at z = 0 of the unconstrained space, in float64; null where it is not finite, or parameters are to be learned. */
  readonly logJointAtZero: number | null;
  readonly warnings: readonly string[];
}

export async function check(
  modelPath: string,
  dataPath: string | undefined,
  options: { readonly json?: true },
  terminal: Terminal,
): Promise<void> {
  const { model, data } = await loadModel(modelPath, dataPath);
  const reads = unreadFields(data);
  const traced = model.trace(reads.data);
  // What is to be learned has no value yet.
  const atZero = traced.learned.length === 0 ? densityAtZero(traced) : null;
  const found: CheckJson = {
    model: traced.name,
    sites: sitesOf(traced),
    coordinates: traced.coordinate.size,
    scalars: traced.parameterNames.length,
    observations: traced.observed.reduce((sum, site) => sum + sizeOf(site.axes), 0),
    logJointAtZero: atZero !== null && Number.isFinite(atZero.logJoint) ? atZero.logJoint : null,
    warnings: [
      ...warningsAbout(traced, atZero),
      ...(traced.learned.length === 0 ? surprisingData(traced) : []),
      ...reads.warnings(),
    ],
  };
  terminal.out.write(options.json ? `${JSON.stringify(found)}\n` : describe(found, terminal.out.columns));
}

const axesOf = (axes: readonly Axis[]): SiteJson["axes"] => axes.map(({ name, size }) => ({ name, size }));

function sitesOf(traced: TracedModel): SiteJson[] {
  const named = (kind: "factor" | "deterministic" | "learned") => (site: { name: string; axes: readonly Axis[] }) => ({
    name: site.name,
    kind,
    distribution: null,
    axes: axesOf(site.axes),
    support: null,
  });
  const random =
    (kind: "latent" | "discrete" | "observed") => (site: TracedModel["latents" | "discrete" | "observed"][number]) => ({
      name: site.name,
      kind,
      distribution: site.distribution.name,
      axes: axesOf(site.axes),
      support: describeSupport(site.distribution.support),
    });
  return [
    ...traced.latents.map(random("latent")),
    ...traced.discrete.map(random("discrete")),
    ...traced.deterministics.map(named("deterministic")),
    ...traced.observed.map(random("observed")),
    ...traced.factors.map(named("factor")),
    ...traced.learned.map(named("learned")),
  ];
}

function observationsOf({ observations, sites }: CheckJson): string {
  const factors = sites.filter(({ kind }) => kind === "factor").length;
  if (observations > 0 || factors === 0) return plural(observations, "observation");
  return `no observed site, ${plural(factors, "factor")} in place of a likelihood`;
}

function densityOf({ logJointAtZero, sites }: CheckJson): string {
  const learned = sites.filter(({ kind }) => kind === "learned");
  if (learned.length === 0) {
    return `log joint at zero ${logJointAtZero === null ? "not finite" : fixed(logJointAtZero, 4)}`;
  }
  const sizes = learned.map(({ axes }) => axes.reduce((product, { size }) => product * size, 1));
  return `${plural(
    sizes.reduce((a, b) => a + b, 0),
    "number",
  )} to learn`;
}

function describe(found: CheckJson, columns: number): string {
  const rows = found.sites.map(({ name, kind, distribution, axes, support }) => [
    name,
    kind,
    distribution ?? "",
    axes.length === 0 ? "scalar" : axes.map((axis) => `${axis.name}:${axis.size}`).join(" × "),
    support ?? "",
  ]);
  const lines = [
    found.model,
    "",
    textTable(["site", "kind", "distribution", "axes", "support"], rows, ["left", "left", "left", "left", "left"]),
    "",
    `${plural(found.coordinates, "unconstrained coordinate")}, ${plural(found.scalars, "reported scalar")}, ` +
      `${observationsOf(found)}; ${densityOf(found)}`,
    ...(found.warnings.length === 0 ? ["no warnings"] : found.warnings.map((text) => `- ${wrap(text, columns, 2)}`)),
  ];
  return `${lines.join("\n")}\n`;
}
