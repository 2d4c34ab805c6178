/** One object for every structurally equal node, and how often each is used: what simplification stands on. */
import type { Axis } from "./axis.ts";
import type { IndexExpression, IndexMap } from "./indexmap.ts";
import type { ScanBody } from "./scan-body.ts";
import { Value } from "./value.ts";

const COMMUTATIVE = new Set(["add", "mul", "min", "max", "eq", "ne", "and", "or", "logBeta", "logAddExp"]);

export class InternTable {
  readonly #nodes = new Map<string, Value>();
  readonly #axes = new Map<Axis, number>();
  readonly #bodies = new Map<string, ScanBody>();
  readonly #bodyNumbers = new Map<ScanBody, number>();
  #uses = new Map<Value, number>();

  /** The first node seen that computes the same; its inputs must have been interned. Inputs are their own kind each. */
  intern(value: Value): Value {
    if (value.op.kind === "input") return value;
    const key = this.#key(value);
    const known = this.#nodes.get(key);
    if (known !== undefined) return known;
    this.#nodes.set(key, value);
    return value;
  }

  /** Whether at most one consumer uses the value, as far as is known. */
  isUsedOnce(value: Value): boolean {
    return (this.#uses.get(value) ?? 1) <= 1;
  }

  clearUses(): void {
    this.#uses = new Map();
  }

  addUses(value: Value, count: number): void {
    this.#uses.set(value, (this.#uses.get(value) ?? 0) + count);
  }

  #axis(axis: Axis): number {
    let id = this.#axes.get(axis);
    if (id === undefined) {
      id = this.#axes.size;
      this.#axes.set(axis, id);
    }
    return id;
  }

  #axisList(axes: readonly Axis[]): string {
    return axes.map((axis) => this.#axis(axis)).join(".");
  }

  #index({ terms, offset, divisor, modulus }: IndexExpression): string {
    const sum = terms.map(({ axis, coefficient }) => `${coefficient}a${this.#axis(axis)}`).join("+");
    return `(${sum}+${offset}/${divisor}%${modulus})`;
  }

  #map({ out, source, guards }: IndexMap): string {
    const sources = source.map((entry) => `${this.#axis(entry.axis)}=${this.#index(entry.index)}`);
    return `${this.#axisList(out)}|${sources}|${guards.map((guard) => `${this.#index(guard.index)}<${guard.size}`)}`;
  }

  /** The first body seen that describes the same step. */
  internBody(body: ScanBody): ScanBody {
    if (this.#bodyNumbers.has(body)) return body;
    const places = new Map<Value, number>();
    const lines = [...body.previous, ...body.elements].map((value, k) => {
      places.set(value, k);
      return `${value.dtype} ${this.#axisList(value.axes)}`;
    });
    for (const value of Value.topological(body.next)) {
      if (places.has(value)) continue;
      lines.push(this.#key(value, (input) => places.get(input)!));
      places.set(value, places.size);
    }
    const counts = `${body.previous.length}/${body.elements.length}`;
    const key = `${counts};${lines.join(";")};${body.next.map((value) => places.get(value))}`;
    const known = this.#bodies.get(key);
    if (known !== undefined) return known;
    this.#bodies.set(key, body);
    this.#bodyNumbers.set(body, this.#bodyNumbers.size);
    return body;
  }

  #key(value: Value, numberOf: (input: Value) => number = (input) => input.id): string {
    const op = value.op;
    const inputs = value.inputs.map(numberOf);
    switch (op.kind) {
      case "constant":
        return `constant ${value.dtype} ${Object.is(op.value, -0) ? "-0" : op.value}`;
      case "input":
        return `input ${value.id}`;
      case "iota":
        return `iota ${this.#axis(op.axis)}`;
      case "random":
        return `random ${op.distribution} ${op.stream} ${this.#axisList(value.axes)} ${inputs}`;
      case "map":
        return `${op.name} ${COMMUTATIVE.has(op.name) ? inputs.sort((a, b) => a - b) : inputs}`;
      case "reindex":
        return `reindex ${this.#map(op.map)} ${this.#map(op.transposed)} ${op.fill} ${inputs}`;
      case "gather":
        return `gather ${this.#axis(op.axis)} ${inputs}`;
      case "segment":
        return `segment ${op.reducer} ${this.#axisList(op.rows)} ${this.#axis(op.out)} ${inputs}`;
      case "reduce":
        return `reduce ${op.reducer} ${this.#axisList(op.over)} ${inputs}`;
      case "triangularSolve":
        return `solve ${this.#axis(op.row)} ${this.#axis(op.column)} ${op.transpose} ${inputs}`;
      case "cholesky":
        return `cholesky ${this.#axis(op.row)} ${this.#axis(op.column)} ${inputs}`;
      case "scan": {
        const body = this.#bodyNumbers.get(this.internBody(op.body))!;
        return `scan ${body} ${op.output} ${this.#axis(op.axis)} ${op.reverse} ${inputs}`;
      }
      case "stop":
        return `stop ${inputs}`;
    }
  }
}

/** How many times each value is used by the others and as a root. */
export function countUses(roots: readonly Value[]): Map<Value, number> {
  const uses = new Map<Value, number>();
  const add = (value: Value): void => {
    uses.set(value, (uses.get(value) ?? 0) + 1);
  };
  for (const value of Value.topological(roots)) value.inputs.forEach(add);
  roots.forEach(add);
  return uses;
}
