/** Recurrences of the kinds that models have, for tests of values, derivatives and kernels. */
import { Axis, type Axis as AxisType, drawAxis } from "../../src/graph/axis.ts";
import { cholesky, contract, logDeterminant } from "../../src/graph/linalg.ts";
import * as g from "../../src/graph/ops.ts";
import * as r from "../../src/graph/reindex.ts";
import { cumulativeProduct, cumulativeSum, lastOf, scan, scanAll } from "../../src/graph/scan.ts";
import type { Value } from "../../src/graph/value.ts";
import { randomNumbers } from "./numbers.ts";

export interface Recurrence {
  readonly name: string;
  readonly value: Value;
  readonly inputs: Readonly<Record<string, number[]>>;
}

/** With draws a multiple of 4 the kernels may take lanes. */
export function recurrences({ steps = 5, draws = 2 } = {}): Recurrence[] {
  const time = new Axis("time", steps);
  const plate = new Axis("plate", 3);
  const unit = new Axis("unit", 3);
  const from = new Axis("from", 3);
  const draw = drawAxis(draws);
  const random = randomNumbers(11);
  const made: Recurrence[] = [];
  let inputs: Record<string, number[]> = {};
  const leaf = (name: string, axes: readonly AxisType[], low = -1, high = 1): Value => {
    const value = g.input(name, axes, "parameter");
    inputs[name] = random.array(value.size, low, high);
    return value;
  };
  const add = (name: string, build: () => Value): void => {
    inputs = {};
    const value = build();
    made.push({ name, value, inputs });
  };
  add("cumulative sum", () => cumulativeSum(leaf("x", [time, draw]), time));
  add("cumulative product, reversed", () =>
    cumulativeProduct(leaf("x", [time, plate], 0.5, 1.5), time, { reverse: true }),
  );
  add("autoregression over draws, its input shared", () => {
    const [phi, x] = [leaf("phi", [draw]), leaf("x", [time])];
    return scan(time, leaf("start", []), (c) => c.mul(phi).add(x));
  });
  add("GARCH by plate and draw", () => {
    const [a, b, y] = [leaf("a", [draw], 0.1, 0.3), leaf("b", [plate, draw], 0.3, 0.6), leaf("y", [time, plate])];
    const shock = g.square(y).mul(a).add(0.1);
    return g.sqrt(scan(time, leaf("start", [plate], 0.5, 1), (s2) => shock.add(b.mul(s2))));
  });
  add("forward algorithm", () => {
    const [emission, transition] = [leaf("emission", [time, unit]), leaf("transition", [from, unit, draw])];
    const first = leaf("first", [unit]);
    return scan(time, first, (c) => g.logSumExp(r.rename(c, unit, from).add(transition), [from]).add(emission));
  });
  add("normalised forward algorithm: a scalar and a vector carry", () => {
    const [emission, transition] = [
      leaf("emission", [time, unit, draw], 0.2, 1),
      leaf("transition", [from, unit], 0.1, 1),
    ];
    const [p, log] = scanAll(time, [leaf("first", [unit], 0.1, 1), 0], ([p, log]) => {
      const next = g.sum(r.rename(p!, unit, from).mul(transition), [from]).mul(emission);
      const total = g.sum(next, [unit]);
      return [next.div(total), log!.add(g.log(total))];
    }) as [Value, Value];
    return p.add(log);
  });
  add("the same in logarithms, of which only the total is asked for", () => {
    const [emission, transition] = [leaf("emission", [time, unit, draw]), leaf("transition", [from, unit])];
    const first = leaf("first", [unit]);
    const start = g.logSumExp(first, [unit]);
    const [, total] = scanAll(time, [first.sub(start), start], ([log, sum]) => {
      const next = g.logSumExp(r.rename(log!, unit, from).add(transition), [from]).add(emission);
      const norm = g.logSumExp(next, [unit]);
      return [next.sub(norm), sum!.add(norm)];
    }) as [Value, Value];
    return total;
  });
  add("gated recurrent unit", () => {
    const weights = (name: string): Value => leaf(name, [from, unit, draw]);
    const [update, reset, candidate, x] = [
      weights("update"),
      weights("reset"),
      weights("candidate"),
      leaf("x", [time, unit]),
    ];
    const product = (w: Value, h: Value): Value => g.sum(w.mul(r.rename(h, unit, from)), [from]);
    return scan(time, 0, (h) => {
      const z = product(update, h).add(x).sigmoid();
      const gate = product(reset, h).add(x).sigmoid();
      const proposal = product(candidate, gate.mul(h)).add(x).tanh();
      return h.mul(g.sub(1, z)).add(proposal.mul(z));
    });
  });
  add("maximum and a shifted register", () => {
    const x = leaf("x", [time, draw]);
    return scan(time, leaf("start", [unit]), (c) => {
      const newest = g.select(g.eq(g.iota(unit), 0), x, r.shift(c, unit, 1));
      return newest.mul(0.9).add(g.maximum(c, [unit]).mul(0.05));
    });
  });
  add("a bounded sum that counts its resets", () => {
    const x = leaf("x", [time, draw], 0, 1);
    const [s, n] = scanAll(time, [0, 0], ([s, n]) => {
      const over = g.gt(s!, 1.3);
      return [g.select(over, s!.mul(0.25), s!).add(x), n!.add(g.castF32(over))];
    }) as [Value, Value];
    return s.add(n.mul(0.1));
  });
  add("Kalman filter: a factor and solutions in every step", () => {
    const [i, j, k, l] = ["i", "j", "k", "l"].map((name) => new Axis(name, 2)) as [Axis, Axis, Axis, Axis];
    const identity = g.castF32(g.eq(g.iota(i), g.iota(j)));
    const [A, q, y] = [leaf("A", [i, j, draw]), leaf("q", [draw], 0.2, 0.5), leaf("y", [time, i])];
    const AOverK = r.rename(A, j, k);
    const [, , log] = scanAll(time, [0, identity, 0], ([mean, P, log]) => {
      const AP = contract(AOverK, r.rename(P!, i, k), k);
      const predicted = contract(r.rename(AP, j, k), r.rename(AOverK, i, j), k).add(identity.mul(q));
      const ahead = contract(A, r.rename(mean!, i, j), j);
      const L = cholesky(predicted.add(identity), i, j);
      const white = g.triangularSolve(L, y.sub(ahead), i, j);
      const gain = g.triangularSolve(L, r.rename(predicted, j, k), i, j);
      const correction = contract(gain, r.rename(gain, k, l), i);
      return [
        ahead.add(r.rename(contract(gain, white, i), k, i)),
        predicted.sub(r.rename(r.rename(correction, k, i), l, j)),
        log!.sub(g.square(white).sum(i).mul(0.5)).sub(logDeterminant(L, i, j).mul(0.5)),
      ];
    }) as [Value, Value, Value];
    return log;
  });
  add("a recurrence inside a step: an equation of motion in small steps between observations", () => {
    const small = new Axis("small", 3);
    const [rate, pull] = [leaf("rate", [draw], 0.5, 1), leaf("pull", [plate], 0.1, 0.5)];
    const push = leaf("push", [time, small], -0.2, 0.2);
    const [prey] = scanAll(time, [leaf("prey", [plate], 0.5, 1), leaf("hunters", [], 0.5, 1)], ([u, v]) =>
      scanAll(small, [u!, v!], ([a, b]) => [
        a!.add(a!.mul(rate.sub(b!.mul(pull))).mul(0.1)),
        b!.add(b!.mul(a!.mul(pull).sub(rate)).mul(0.1)).add(push),
      ]).map((stacked) => lastOf(stacked, small)),
    ) as [Value, Value];
    return prey;
  });
  add("a sum along an axis of the carry inside a step", () => {
    const x = leaf("x", [time, unit, draw]);
    return scan(time, leaf("start", [unit]), (c) => cumulativeSum(c.mul(x), unit).tanh());
  });
  return made;
}
