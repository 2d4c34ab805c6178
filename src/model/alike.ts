/** Whether two traces of a model are one graph with different numbers in it: what fits side by side need. */
import { Axis } from "../graph/axis.ts";
import { Value } from "../graph/value.ts";
import type { TracedModel } from "./traced.ts";

/** What differs between the graphs of two traces but for their data, for a message; null where nothing does. */
export function differenceBetween(a: TracedModel, b: TracedModel): string | null {
  const sites = (model: TracedModel): string =>
    [...model.latents, ...model.deterministics]
      .map(({ name, axes }) => `${name} over [${axes.join(" × ")}]`)
      .join(", ");
  if (sites(a) !== sites(b)) return `the sites are ${sites(a)} in one and ${sites(b)} in the other`;
  const pairs = new Map<object, unknown>();
  const [first, second] = [Value.topological(a.roots), Value.topological(b.roots)];
  const size = Math.min(first.length, second.length);
  for (let i = 0; i < size; i++) {
    const difference = differ(first[i], second[i], pairs);
    if (difference !== null) return difference;
  }
  return first.length === second.length ? null : "the model's function takes another way";
}

/** Values, axes, operations and what these are made of; `pairs` holds what has been found alike. */
function differ(x: unknown, y: unknown, pairs: Map<object, unknown>): string | null {
  if (typeof x !== "object" || x === null || typeof y !== "object" || y === null) {
    return Object.is(x, y) ? null : `${String(x)} in one is ${String(y)} in the other`;
  }
  if (pairs.has(x)) return pairs.get(x) === y ? null : "the model's function takes another way";
  pairs.set(x, y);
  if (x instanceof Axis || y instanceof Axis) {
    const alike = x instanceof Axis && y instanceof Axis && x.name === y.name && x.size === y.size;
    return alike ? null : `the axis ${String(x)} of one is ${String(y)} in the other`;
  }
  if (x instanceof Value || y instanceof Value) {
    if (!(x instanceof Value && y instanceof Value) || x.op.kind !== y.op.kind) {
      return "the model's function takes another way";
    }
    const { op: p } = x;
    const { op: q } = y;
    if (p.kind === "constant" && q.kind === "constant" && !Object.is(p.value, q.value)) {
      return `the number ${p.value} in the model is ${q.value} in the other; bind it as data: real(data.field)`;
    }
    return differ(p, q, pairs) ?? differ(x.axes, y.axes, pairs) ?? differ(x.inputs, y.inputs, pairs);
  }
  const keys = Object.keys(x);
  if (keys.length !== Object.keys(y).length) return "the model's function takes another way";
  for (const key of keys) {
    const difference = differ(x[key as keyof typeof x], y[key as keyof typeof y], pairs);
    if (difference !== null) return difference;
  }
  return null;
}
