/** What can be said against a model before it is fitted. */
import { evaluate } from "../../cpu/interpreter.ts";
import { gradient } from "../../graph/autodiff.ts";
import type { Axis } from "../../graph/axis.ts";
import { input } from "../../graph/ops.ts";
import { Value } from "../../graph/value.ts";
import type { JsonData } from "../../model/model.ts";
import type { TracedModel } from "../../model/traced.ts";
import { count } from "../text.ts";

/** A predictor whose spread is this small beside its size loses half of float32's digits. */
const OFFSET_LIMIT = 1e4;

/** Data whose standard deviations differ by more than this factor are worth a word. */
const SCALE_LIMIT = 1e4;

interface DensityAtZero {
  readonly logJoint: number;
  readonly sites: ReadonlyMap<string, number>;
  readonly finiteGradient: boolean;
}

/** The log joint and its gradient at z = 0 of the unconstrained space, in float64. */
export function densityAtZero(traced: TracedModel): DensityAtZero {
  const z = input("check:z", [traced.coordinate], "parameter");
  const { logJoint, sites } = traced.at(z);
  const names = [...sites.keys()];
  const roots = [logJoint, ...names.map((name) => sites.get(name)!), ...gradient(logJoint, [z])];
  const inputs = new Map(traced.inputs).set("check:z", new Float64Array(traced.coordinate.size));
  const values = evaluate(roots, inputs);
  return {
    logJoint: values[0]![0]!,
    sites: new Map(names.map((name, i) => [name, values[i + 1]![0]!])),
    finiteGradient: values.at(-1)!.every(Number.isFinite),
  };
}

/** `atZero`: null where it is not known. */
export function warningsAbout(traced: TracedModel, atZero: DensityAtZero | null): string[] {
  const warnings: string[] = [];
  const broken = [...(atZero?.sites ?? [])].filter(([, value]) => !Number.isFinite(value));
  if (broken.length > 0) {
    const listed = broken.map(([name, value]) => `${name} (${value})`).join(", ");
    warnings.push(
      `the log density is not finite at zero of the unconstrained space, because of ${listed}: a fit may have to ` +
        "search for a place to start from",
    );
  } else if (atZero?.finiteGradient === false) {
    warnings.push("the gradient of the log joint is not finite at zero of the unconstrained space");
  }
  if (traced.observed.length + traced.factors.length === 0) {
    warnings.push("nothing is observed: the posterior is the prior");
  }
  const flat = traced.latents.filter((site) => site.distribution.name === "flat").map((site) => site.name);
  if (flat.length > 0) {
    warnings.push(
      `improper flat priors (${flat.join(", ")}): the evidence counts their density as 1, so evidences of models ` +
        "that differ in them cannot be compared",
    );
  }
  const placeholders = new Set(traced.latents.map((site) => site.unconstrained));
  const latentScale = (value: Value | undefined): boolean =>
    value !== undefined && Value.topological([value]).some((node) => placeholders.has(node));
  const centred = traced.latents.filter(
    (site) =>
      site.axes.length > 0 &&
      site.transform.name !== "offsetMultiplier" &&
      latentScale(site.distribution.parameters.scale),
  );
  if (centred.length > 0) {
    const names = centred.map((site) => site.name).join(", ");
    warnings.push(
      `${names}: a latent whose scale is inferred (a centred hierarchy) has a funnel that no Gaussian follows; ` +
        "where the verdict is not reliable, write it as location + scale · standard normal, or give sample() the options " +
        "{ offset, multiplier }",
    );
  }
  return [...warnings, ...unobserved(traced), ...unusedPlates(traced), ...offsets(traced), ...unlikeScales(traced)];
}

/** Latents on which neither data nor a factor bear, directly or through other sites. */
function unobserved(traced: TracedModel): string[] {
  if (traced.observed.length + traced.factors.length === 0) return [];
  const reached = new Set(
    Value.topological([...traced.observed.map((site) => site.logProb), ...traced.factors.map((site) => site.value)]),
  );
  // A latent also matters where it is a parameter of one that matters: until no more are found.
  const sites = [
    ...traced.latents.map((site) => ({ ...site, leaf: site.unconstrained })),
    ...traced.discrete.map((site) => ({ ...site, leaf: site.value })),
  ];
  const waiting = new Set(sites);
  for (let before = -1; before !== waiting.size; ) {
    before = waiting.size;
    for (const site of waiting) {
      if (!reached.has(site.leaf)) continue;
      waiting.delete(site);
      const { value, distribution } = site;
      for (const node of Value.topological([value, distribution.logProb(value)])) reached.add(node);
    }
  }
  const idle = [...waiting].map(({ name }) => name);
  return idle.length === 0 ? [] : [`no data bear on ${idle.join(", ")}: the posterior is the prior there`];
}

function unusedPlates(traced: TracedModel): string[] {
  const sites = [
    ...traced.latents,
    ...traced.discrete,
    ...traced.observed,
    ...traced.factors,
    ...traced.deterministics,
  ];
  const used = new Set([...sites.flatMap((site) => site.axes), ...axesWithin(traced.roots)].map((a) => a.name));
  const idle = [...traced.tracing.scope.plates.keys()].filter((name) => !used.has(name));
  return idle.length === 0 ? [] : [`no site runs over the plate ${idle.join(", ")}: it can go`];
}

/** Every axis that a value computes along, those of recurrences and of what they do in a step among them. */
function axesWithin(roots: readonly Value[]): Axis[] {
  return Value.topological(roots).flatMap(({ axes, op }) =>
    op.kind === "scan" ? [...axes, op.axis, ...axesWithin(op.body.next)] : axes,
  );
}

/** Real-valued data whose spreads differ so much that one prior scale cannot suit the coefficients of all. */
function unlikeScales(traced: TracedModel): string[] {
  const spreads = [...traced.inputs].flatMap(([name, values]) => {
    if (values.length < 3 || values.every(Number.isInteger)) return [];
    const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
    const sd = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length);
    return sd > 0 ? [{ name, sd }] : [];
  });
  if (spreads.length < 2) return [];
  const [least, most] = [
    spreads.reduce((a, b) => (b.sd < a.sd ? b : a)),
    spreads.reduce((a, b) => (b.sd > a.sd ? b : a)),
  ];
  if (most.sd < SCALE_LIMIT * least.sd) return [];
  const [a, b] = [most, least].map(({ name, sd }) => `${name} (sd ${sd.toPrecision(2)})`);
  return [
    `${a} and ${b} are of very different scale: divide each by its sd, or mind that priors of their coefficients fit`,
  ];
}

function offsets(traced: TracedModel): string[] {
  return [...traced.inputs].flatMap(([name, values]) => {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (const x of values) {
      low = Math.min(low, x);
      high = Math.max(high, x);
    }
    const spread = high - low;
    const size = Math.max(Math.abs(low), Math.abs(high));
    if (!(spread > 0) || size < OFFSET_LIMIT * spread) return [];
    return [
      `${name} varies by ${spread.toPrecision(2)} around ${size.toPrecision(6)}: subtract its mean (float32 has 7 digits)`,
    ];
  });
}

/** The same data, watched: `warnings()` names the fields that tracing the model once did not ask for. */
export function unreadFields(fields: JsonData): { data: JsonData; warnings(): string[] } {
  const reads = new Map<string, number>(Object.keys(fields).map((name) => [name, 0]));
  const data: JsonData = {};
  for (const [name, value] of Object.entries(fields)) {
    Object.defineProperty(data, name, {
      enumerable: true,
      get: () => {
        reads.set(name, reads.get(name)! + 1);
        return value;
      },
    });
  }
  const warnings = (): string[] => {
    // The trace itself looks at every field once.
    const unread = [...reads].filter(([, times]) => times <= 1).map(([name]) => name);
    if (unread.length === 0) return [];
    const what = unread.length === 1 ? "field of the data is" : "fields of the data are";
    return [`${count(unread.length)} ${what} not used by the model: ${unread.join(", ")}`];
  };
  return { data, warnings };
}
