/** Readable text of a graph, one node a line: for messages, explanations and debugging. */
import type { IndexExpression, IndexMap } from "./indexmap.ts";
import type { ScanBody } from "./scan-body.ts";
import { Value } from "./value.ts";

/** Every node of the graph of `roots` in order, as `%n = operation : type[axes]`; roots come last as `root = %n`. */
export function print(roots: readonly Value[] | Readonly<Record<string, Value>>): string {
  const named: (readonly [string, Value])[] = Array.isArray(roots)
    ? roots.map((root: Value, k) => [`root ${k}`, root] as const)
    : Object.entries(roots);
  const names = new Map<Value, string>();
  const lines: string[] = [];
  for (const value of Value.topological(named.map(([, root]) => root))) {
    if (value.op.kind === "constant") {
      names.set(value, String(value.op.value));
      continue;
    }
    const name = `%${lines.length + 1}`;
    names.set(value, name);
    lines.push(`${name} = ${describe(value, (input) => names.get(input)!)} : ${value.dtype}[${value.axes.join(", ")}]`);
  }
  for (const [name, root] of named) lines.push(`${name} = ${names.get(root)}`);
  return lines.join("\n");
}

/** The operation and its operands, named by `nameOf`. */
export function describe(value: Value, nameOf: (input: Value) => string): string {
  const op = value.op;
  const inputs = value.inputs.map(nameOf);
  switch (op.kind) {
    case "constant":
      return String(op.value);
    case "input":
      return `${op.role} "${op.name}"${op.indexOf === undefined ? "" : ` into ${op.indexOf}`}`;
    case "iota":
      return `iota(${op.axis.name})`;
    case "random":
      return `${op.distribution} stream ${op.stream} (${inputs.join(", ")})`;
    case "map":
      return `${op.name}(${inputs.join(", ")})`;
    case "reindex":
      return `${inputs[0]}[${describeMap(op.map)}]${op.map.guards.length > 0 ? ` else ${op.fill}` : ""}`;
    case "gather":
      return `${inputs[0]}[${op.axis.name} := ${inputs[1]}]`;
    case "segment":
      return `${op.reducer} of ${inputs[0]} by ${op.out.name} := ${inputs[1]}`;
    case "reduce":
      return `${op.reducer}(${inputs[0]}) over ${op.over.map((axis) => axis.name).join(", ")}`;
    case "triangularSolve":
      return `solve(${inputs[0]}${op.transpose ? "ᵀ" : ""}, ${inputs[1]}) rows ${op.row.name} columns ${op.column.name}`;
    case "cholesky":
      return `cholesky(${inputs[0]}) rows ${op.row.name} columns ${op.column.name}`;
    case "scan": {
      const { previous, next } = op.body;
      const step = describeBody(op.body);
      const direction = op.reverse ? "backwards along" : "along";
      const from = inputs.slice(0, previous.length).join(", ");
      const elements = inputs.slice(previous.length).join(", ");
      const carry = next.length > 1 ? `carry ${op.output} of ` : "";
      return `${carry}scan ${direction} ${op.axis.name} from ${from} over (${elements}) { ${step} }`;
    }
    case "stop":
      return `stop(${inputs[0]})`;
  }
}

/** A step in one line: p0, p1 … the carries before it, e0, e1 … what it reads. */
function describeBody({ previous, elements, next }: ScanBody): string {
  const names = new Map<Value, string>();
  for (const [k, value] of previous.entries()) names.set(value, `p${k}`);
  for (const [k, value] of elements.entries()) names.set(value, `e${k}`);
  for (const value of Value.topological(next)) {
    if (!names.has(value))
      names.set(
        value,
        describe(value, (input) => names.get(input)!),
      );
  }
  return next.map((value) => names.get(value)).join(", ");
}

function describeMap({ source, guards }: IndexMap): string {
  const sources = source.map(({ axis, index }) => `${axis.name} := ${describeIndex(index)}`);
  const conditions = guards.map(({ index, size }) => `0 ≤ ${describeIndex(index)} < ${size}`);
  return [sources.join(", "), conditions.join(", ")].filter((text) => text !== "").join(" where ");
}

function describeIndex({ terms, offset, divisor, modulus }: IndexExpression): string {
  const parts = terms.map(({ axis, coefficient }) => (coefficient === 1 ? axis.name : `${coefficient}·${axis.name}`));
  if (offset !== 0 || parts.length === 0) parts.push(String(offset));
  let text = parts.join(" + ");
  if (divisor !== 1) text = `⌊(${text}) / ${divisor}⌋`;
  return modulus === 0 ? text : `(${text}) mod ${modulus}`;
}
