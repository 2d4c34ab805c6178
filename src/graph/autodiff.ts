/**
 * Reverse-mode differentiation, graph to graph.
 *
 * Every node passes its cotangent on by the rule of its kind (for the solves see M. Giles, "An extended collection of
 * matrix derivative results for forward and reverse mode algorithmic differentiation", 2008, §2.3), summed over the
 * axes that an input lacks as early as possible. A cotangent may lack axes of its value: it is constant along them.
 */

import { throughScan } from "./autodiff-scan.ts";
import { Axis, unionAxes, withoutAxes } from "./axis.ts";
import { binaryDerivatives, ternaryDerivatives, unaryDerivatives } from "./derivatives.ts";
import { GraphError } from "./errors.ts";
import { expand } from "./expand.ts";
import { contract, scratchAxis } from "./linalg.ts";
import {
  castF32,
  div,
  eq,
  exp,
  gather,
  iota,
  isFiniteValue,
  le,
  reindex,
  segment,
  select,
  sub,
  sum,
  triangularSolve,
} from "./ops.ts";
import { rename } from "./reindex.ts";
import type { ScanBody } from "./scan-body.ts";
import { isConstant, isMap, negative, segmentSumOut, sumOut, times } from "./sums.ts";
import { type BinaryName, constant, type Op, type TernaryName, type UnaryName, Value } from "./value.ts";

export interface Cotangent {
  readonly value: Value;
  readonly cotangent: Value;
}

/**
 * Σ over outputs of cotangentᵀ · ∂value/∂wrt, for each of `wrt` (leaves or not). A result has no axis that its `wrt`
 * lacks; where it lacks one itself it is constant along it (the constant 0 where nothing depends on the `wrt`).
 */
export function vjp(outputs: readonly Cotangent[], wrt: readonly Value[]): Value[] {
  const order = Value.topological(outputs.map((output) => output.value));
  const active = activeValues(order, wrt);
  const cotangents = new Map<Value, Value>();
  const give = (to: Value, contribution: Value, nominal: readonly Axis[]): void => {
    const summed = sumOut(contribution, withoutAxes(unionAxes(nominal, contribution.axes), to.axes));
    const known = cotangents.get(to);
    cotangents.set(to, known === undefined ? summed : plus(known, summed));
  };
  for (const { value, cotangent } of outputs) if (active.has(value)) give(value, cotangent, value.axes);
  const siblings = siblingScans(order);
  for (let k = order.length - 1; k >= 0; k--) {
    const value = order[k]!;
    if (value.op.kind === "scan") {
      // The carries of one recurrence are differentiated together, once the cotangents of all of them are known.
      const outputs = siblings.get(value);
      if (outputs === undefined || outputs.every((output) => !cotangents.has(output))) continue;
      const stacked = value.op.body.previous.map((_, output) => {
        const sibling = outputs.find(({ op }) => op.kind === "scan" && op.output === output);
        return sibling === undefined ? undefined : cotangents.get(sibling);
      });
      throughScan(value.op, value.inputs, stacked, vjp).forEach(({ cotangent, nominal }, position) => {
        const input = value.inputs[position]!;
        if (active.has(input)) give(input, cotangent, nominal);
      });
      continue;
    }
    const cotangent = cotangents.get(value);
    if (cotangent === undefined || isConstant(cotangent, 0)) continue;
    value.inputs.forEach((input, position) => {
      if (!active.has(input)) return;
      const [contribution, nominal = value.axes] = throughInput(value, position, cotangent);
      if (contribution !== undefined) give(input, contribution, nominal);
    });
  }
  return wrt.map((value) => cotangents.get(value) ?? constant(0));
}

/** The derivative of the sum of all entries of `value`; along axes that it shares with a `wrt`, entry by entry. */
export function gradient(value: Value, wrt: readonly Value[]): Value[] {
  return vjp([{ value, cotangent: constant(1) }], wrt);
}

/** The outputs of every recurrence, under the first of them in the order. */
function siblingScans(order: readonly Value[]): Map<Value, Value[]> {
  const groups = new Map<Value, Value[]>();
  const firsts = new Map<ScanBody, Value[]>();
  for (const value of order) {
    if (value.op.kind !== "scan") continue;
    const { axis, body, reverse } = value.op;
    const candidates = firsts.get(body) ?? [];
    const first = candidates.find(({ op, inputs }) => {
      const same = op.kind === "scan" && op.axis === axis && op.reverse === reverse;
      return same && inputs.every((input, k) => input === value.inputs[k]);
    });
    if (first === undefined) {
      firsts.set(body, [...candidates, value]);
      groups.set(value, [value]);
    } else groups.get(first)!.push(value);
  }
  return groups;
}

/** Floats on a differentiable path from one of `wrt`. */
function activeValues(order: readonly Value[], wrt: readonly Value[]): Set<Value> {
  const active = new Set<Value>(wrt.filter((value) => value.dtype === "f32"));
  for (const value of order) {
    if (value.dtype !== "f32" || value.op.kind === "stop") continue;
    if (value.inputs.some((input) => active.has(input))) active.add(value);
  }
  return active;
}

/** The sum of two cotangents; under one condition they stay under it. */
function plus(a: Value, b: Value): Value {
  if (isMap(a, "select") && isMap(b, "select") && a.inputs[0] === b.inputs[0]) {
    const [condition, a1, a0] = a.inputs as [Value, Value, Value];
    const [, b1, b0] = b.inputs as [Value, Value, Value];
    if (isConstant(a0, 0) && isConstant(b0, 0)) return select(condition, plus(a1, b1), 0);
    if (isConstant(a1, 0) && isConstant(b1, 0)) return select(condition, 0, plus(a0, b0));
  }
  if (isConstant(a, 0)) return b;
  return isConstant(b, 0) ? a : a.add(b);
}

/**
 * Applies a rule to a cotangent, inside the conditions it stands under: where select() took the other operand the
 * derivative is 0 even if the rule would say 0·∞.
 */
function underConditions(cotangent: Value, rule: (cotangent: Value) => Value): Value {
  if (isMap(cotangent, "select")) {
    const [condition, yes, no] = cotangent.inputs as [Value, Value, Value];
    if (isConstant(no, 0)) return select(condition, underConditions(yes, rule), 0);
    if (isConstant(yes, 0)) return select(condition, 0, underConditions(no, rule));
  }
  return rule(cotangent);
}

/** A contribution and the axes it is to be taken over (the value's own if not given). */
type Contribution = readonly [Value | undefined, (readonly Axis[])?];

function throughInput(value: Value, position: number, cotangent: Value): Contribution {
  const op = value.op;
  switch (op.kind) {
    case "map":
      return [throughMap(value, position, cotangent)];
    case "reindex":
      return throughReindex(value, op, cotangent);
    case "gather":
      return position === 0 ? throughGather(value, op.axis, cotangent) : [undefined];
    case "segment":
      return position === 0 ? throughSegment(value, op, cotangent) : [undefined];
    case "reduce":
      return throughReduce(value, op, cotangent);
    case "cholesky":
      return throughCholesky(value, op, cotangent);
    case "triangularSolve":
      return throughSolve(value, op, position, cotangent);
    default:
      return [undefined];
  }
}

type OpOf<Kind extends Op["kind"]> = Extract<Op, { kind: Kind }>;

function throughMap(y: Value, position: number, cotangent: Value): Value | undefined {
  const name = (y.op as OpOf<"map">).name;
  const [a, b] = y.inputs as [Value, Value];
  if (name === "select") {
    if (position === 0) return undefined;
    return position === 1 ? select(a, cotangent, 0) : select(a, 0, cotangent);
  }
  if (y.inputs.length === 1) {
    const rule = unaryDerivatives[name as UnaryName];
    return rule && underConditions(cotangent, (c) => rule(c, a, y));
  }
  if (y.inputs.length === 3) {
    const rule = ternaryDerivatives[name as TernaryName][position]!;
    return underConditions(cotangent, (c) => rule(c, y.inputs as [Value, Value, Value], y));
  }
  const rule = binaryDerivatives[name as BinaryName]?.[position];
  if (rule === undefined) throw new GraphError(`${name}: no derivative is known`);
  return underConditions(cotangent, (c) => rule(c, a, b, y));
}

function throughReindex(y: Value, op: OpOf<"reindex">, cotangent: Value): Contribution {
  const { out, source, guards } = op.transposed;
  const replaced = source.map((entry) => entry.axis);
  const nominal = unionAxes(withoutAxes(y.axes, replaced), out);
  const constantAlong = guards.length === 0 && !replaced.some((axis) => cotangent.hasAxis(axis));
  return [constantAlong ? cotangent : reindex(cotangent, op.transposed, op.map), nominal];
}

/** A segment sum over the index's axes; where x has axes of the index itself, the entries that were picked. */
function throughGather(y: Value, axis: Axis, cotangent: Value): Contribution {
  const [x, index] = y.inputs as [Value, Value];
  if (!index.axes.some((other) => x.hasAxis(other)) && index.axes.length > 0) {
    return [segmentSumOut(cotangent, index, axis), x.axes];
  }
  const picked = eq(iota(axis), index);
  return [select(picked, cotangent, 0), unionAxes(y.axes, [axis])];
}

function throughSegment(y: Value, op: OpOf<"segment">, cotangent: Value): Contribution {
  const [x, index] = y.inputs as [Value, Value];
  const rows = (perSegment: Value): Value => {
    if (!index.hasAxis(op.out)) return gather(perSegment, op.out, index);
    const fresh = new Axis(`${op.out.name}*`, op.out.size);
    return gather(rename(perSegment, op.out, fresh), fresh, index);
  };
  const nominal = unionAxes(x.axes, index.axes);
  if (op.reducer === "sum") return [rows(cotangent), nominal];
  const highest = eq(x, rows(y));
  const ties = segment("sum", castF32(highest), index, op.out);
  return [select(highest, rows(div(cotangent, ties)), 0), nominal];
}

function throughReduce(y: Value, op: OpOf<"reduce">, cotangent: Value): Contribution {
  const x = y.inputs[0]!;
  switch (op.reducer) {
    case "sum":
      return [cotangent, x.axes];
    case "max": {
      const highest = eq(x, y);
      return [select(highest, div(cotangent, sum(castF32(highest), op.over)), 0), x.axes];
    }
    case "logSumExp": {
      // All −∞ sums to −∞: the shift by 0 gives weights 0 rather than NaN.
      const shift = select(isFiniteValue(y), y, 0);
      return [underConditions(cotangent, (c) => times(c, exp(sub(x, shift)))), x.axes];
    }
  }
}

/** x = L⁻¹b: b̄ = L⁻ᵀx̄, L̄ = −tril(b̄xᵀ); x = L⁻ᵀb: b̄ = L⁻¹x̄, L̄ = −tril(x b̄ᵀ). */
function throughSolve(x: Value, op: OpOf<"triangularSolve">, position: number, cotangent: Value): Contribution {
  const L = x.inputs[0]!;
  const { row, column, transpose } = op;
  const right = triangularSolve(L, expand(cotangent, [row]), row, column, !transpose);
  if (position === 1) return [right];
  const [down, across] = transpose ? [x, right] : [right, x];
  const outer = negative(times(down, rename(across, row, column)));
  return [select(le(iota(column), iota(row)), outer, 0), unionAxes(x.axes, [column])];
}

/**
 * A = L Lᵀ: Ā = ½ (S + Sᵀ) with S = L⁻ᵀ Φ(Lᵀ L̄) L⁻¹, Φ the lower triangle with its diagonal halved. (I. Murray,
 * "Differentiation of the Cholesky decomposition", 2016, eq. 10.)
 */
function throughCholesky(L: Value, { row, column }: OpOf<"cholesky">, cotangent: Value): Contribution {
  const [spareRow, spareColumn] = [scratchAxis(row), scratchAxis(column)];
  const given = rename(expand(cotangent, [row, column]), column, spareColumn);
  const product = rename(contract(L, given, row), column, row);
  const [i, j] = [iota(row), iota(spareColumn)];
  const phi = select(le(j, i), select(eq(i, j), product.mul(0.5), product), 0);
  const left = triangularSolve(L, phi, row, column, true);
  // S by columns: its rows are the right-hand sides of the second solve.
  const turned = rename(rename(left, row, spareRow), spareColumn, row);
  const transposed = triangularSolve(L, turned, row, column, true);
  const S = rename(rename(rename(transposed, row, spareColumn), spareRow, row), spareColumn, column);
  const St = rename(transposed, spareRow, column);
  return [S.add(St).mul(0.5), L.axes];
}
