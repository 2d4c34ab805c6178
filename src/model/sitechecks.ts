/** What can be checked on the host before anything runs: data against supports, parameters against their domains. */
import { evaluate } from "../cpu/interpreter.ts";
import {
  type Distribution,
  DOMAIN_DESCRIPTIONS,
  describeSupport,
  inDomain,
  inSupport,
  type ParameterCheck,
  supportBounds,
  vectorInSupport,
} from "../distributions/index.ts";
import { type Axis, sizeOf, withoutAxes } from "../graph/axis.ts";
import { expand } from "../graph/expand.ts";
import { castF32 } from "../graph/ops.ts";
import { asValue, type Operand, Value } from "../graph/value.ts";
import { boundData } from "./data.ts";
import { ModelError } from "./errors.ts";
import { fromCanonical, indexLabel } from "./layout.ts";

/** Whether a value depends on a latent, so that its numbers are not known while tracing. */
export type IsLatent = (value: Value) => boolean;

export function dependsOn(value: Value, leaves: ReadonlySet<Value>): boolean {
  return leaves.size > 0 && Value.topological([value]).some((node) => leaves.has(node));
}

/** Numbers of a graph of data and constants, in float64, row-major over `axes`. */
export function hostNumbers(value: Value, axes: readonly Axis[]): Float64Array {
  const inputs = new Map<string, Float64Array>();
  for (const node of Value.topological([value])) {
    const data = boundData(node);
    if (node.op.kind === "input" && data !== undefined) inputs.set(node.op.name, data);
  }
  return fromCanonical(evaluate([value], inputs)[0]!, axes);
}

/** Parameters that follow from data and constants must be in their domains. */
export function checkParameters(
  site: string,
  distribution: Distribution,
  axes: readonly Axis[],
  isLatent: IsLatent,
): void {
  for (const check of distribution.checks) {
    if (isLatent(check.value)) continue;
    const order = axes.filter((axis) => check.value.hasAxis(axis));
    const batch = withoutAxes([...order, ...withoutAxes(check.value.axes, order)], check.axis ? [check.axis] : []);
    const failed =
      check.axis !== undefined && check.value.hasAxis(check.axis)
        ? vectorFailure(check, batch, check.axis)
        : entryFailure(check, batch);
    if (failed === null) continue;
    const where = batch.length === 0 ? "" : " (indices from 1)";
    throw new ModelError(
      "parameter-domain",
      site,
      `${site}: ${check.parameter} of ${distribution.name} must be ${DOMAIN_DESCRIPTIONS[check.domain]}; ` +
        `${check.parameter}${failed}${where}`,
    );
  }
}

function entryFailure(check: ParameterCheck, axes: readonly Axis[]): string | null {
  const values = hostNumbers(check.value, axes);
  const wrong = values.findIndex((value) => !inDomain(check.domain, value));
  return wrong < 0 ? null : `${indexLabel(axes, wrong)} is ${values[wrong]}`;
}

function vectorFailure(check: ParameterCheck, batch: readonly Axis[], axis: Axis): string | null {
  const kind = check.domain === "ordered" ? "ordered" : "simplex";
  const values = hostNumbers(check.value, [...batch, axis]);
  for (let row = 0; row * axis.size < values.length; row++) {
    const entries = values.subarray(row * axis.size, (row + 1) * axis.size);
    if (!vectorInSupport({ kind, axis }, entries)) return `${indexLabel(batch, row)} is ${list(entries)}`;
  }
  return null;
}

/** Observed numbers must be finite, whole where they count, and in the support. */
export function checkObserved(
  site: string,
  distribution: Distribution,
  value: Value,
  axes: readonly Axis[],
  isLatent: IsLatent,
): void {
  const { support } = distribution;
  const batch = withoutAxes(axes, distribution.eventAxes);
  const order = [...batch, ...distribution.eventAxes];
  const size = sizeOf(distribution.eventAxes);
  const values = hostNumbers(castF32(value), order);
  const wrong = (at: readonly Axis[], linear: number, shown: string): string =>
    `${site}${indexLabel(at, linear)} is ${shown}${at.length === 0 ? "" : " (indices from 1)"}`;
  const infinite = values.findIndex((entry) => !Number.isFinite(entry));
  if (infinite >= 0) {
    const message = `${wrong(order, infinite, String(values[infinite]))}; observed data must be finite`;
    throw new ModelError("non-finite-data", site, message);
  }
  const fraction = distribution.discrete ? values.findIndex((entry) => !Number.isInteger(entry)) : -1;
  if (fraction >= 0) {
    const message = `${wrong(order, fraction, String(values[fraction]))}; ${distribution.name} counts in integers`;
    throw new ModelError("non-integer-count", site, message);
  }
  const fail = (at: readonly Axis[], linear: number, shown: string): ModelError =>
    new ModelError(
      "out-of-support",
      site,
      `${wrong(at, linear, shown)}; under ${distribution.name} it must be ${describeSupport(support)}`,
    );
  const bounds = supportBounds(support);
  /** A bound of every variate, where it is known: those of a vector are the same for all its entries. */
  const along = (bound: Operand | undefined): Float64Array | undefined => {
    if (bound === undefined || isLatent(asValue(bound))) return undefined;
    return hostNumbers(expand(castF32(bound), batch), batch);
  };
  const [lower, upper] = [along(bounds.lower), along(bounds.upper)];
  for (let variate = 0; variate * size < values.length; variate++) {
    const known = {
      ...(lower === undefined ? {} : { lower: lower[variate]! }),
      ...(upper === undefined ? {} : { upper: upper[variate]! }),
    };
    const entries = values.subarray(variate * size, (variate + 1) * size);
    const isVector = distribution.eventAxes.length > 0;
    if (isVector && !vectorInSupport(support, entries, known)) throw fail(batch, variate, list(entries));
    if (!isVector && !inSupport(support, entries[0]!, known)) throw fail(batch, variate, String(entries[0]));
  }
}

const list = (values: ArrayLike<number>): string => {
  const shown = Array.from(values).slice(0, 6).join(", ");
  return values.length > 6 ? `[${shown}, …]` : `[${shown}]`;
};
