/** Models with crossed indices and with recurrences inside plates: densities by hand, and the device against float64. */
import { expect, test } from "vitest";
import { scheduleOptionsFor } from "../../src/compile/backend.ts";
import { evaluate } from "../../src/cpu/interpreter.ts";
import { gradient } from "../../src/graph/autodiff.ts";
import { drawAxis } from "../../src/graph/axis.ts";
import { input } from "../../src/graph/ops.ts";
import {
  bernoulli,
  castF32,
  eq,
  exp,
  index,
  integer,
  iota,
  type Model,
  model,
  multivariateNormal,
  normal,
  real,
  rename,
  scan,
  segmentLogSumExp,
  segmentMaximum,
  segmentSum,
  select,
  sigmoid,
} from "../../src/index.ts";
import { expectAgreement } from "../support/agreement.ts";
import { testDevice } from "../support/gpu.ts";

const device = await testDevice();
const logNormalDensity = (x: number, sd: number): number =>
  -0.5 * (x / sd) ** 2 - Math.log(sd * Math.sqrt(2 * Math.PI));

/** The log joint at each of three points against `byHand`; value and gradient on the device against float64. */
async function expectDensity(of: Model, byHand: (z: readonly number[]) => number): Promise<void> {
  const traced = of.trace({});
  const size = traced.coordinate.size;
  const draw = drawAxis(3);
  const z = input("z", [traced.coordinate, draw], "parameter");
  const { logJoint } = traced.at(z);
  const values = Float64Array.from({ length: 3 * size }, (_, i) => Math.fround(Math.sin(2 * i + 1)));
  const inputs = new Map([...traced.inputs, ["z", values]]);
  const found = evaluate([logJoint], inputs)[0]!;
  for (let d = 0; d < 3; d++) {
    const point = Array.from({ length: size }, (_, k) => values[3 * k + d]!);
    expect(found[d]).toBeCloseTo(byHand(point), 9);
  }
  const roots = [logJoint, gradient(logJoint, [z])[0]!];
  expect(evaluate(roots, inputs)[1]!.every(Number.isFinite)).toBe(true);
  await expectAgreement(device, scheduleOptionsFor(device), of.name, roots, inputs);
}

test("two-parameter item response: person × item, not every pair observed", async () => {
  const person = [1, 1, 2, 3, 3, 3, 4];
  const item = [2, 1, 3, 1, 2, 3, 3];
  const right = [1, 0, 1, 1, 0, 0, 1];
  const responses = model("2PL", ({ plate, sample, observe }) => {
    const [persons, items, answer] = [plate("person", 4), plate("item", 3), plate("answer", right.length)];
    const ability = sample("ability", normal(0, 1), [persons]);
    const difficulty = sample("difficulty", normal(0, 2), [items]);
    const logSlope = sample("log_slope", normal(0, 0.5), [items]);
    const who = index(person, [answer], persons, { base: 1 });
    const what = index(item, [answer], items, { base: 1 });
    const logits = exp(logSlope.at(what)).mul(ability.at(who).sub(difficulty.at(what)));
    observe("right", bernoulli({ logits }), integer(right, [answer]));
  });
  await expectDensity(responses, (z) => {
    const sds = [1, 1, 1, 1, 2, 2, 2, 0.5, 0.5, 0.5];
    const prior = z.reduce((sum, x, k) => sum + logNormalDensity(x, sds[k]!), 0);
    return right.reduce((sum, y, n) => {
      const [p, i] = [person[n]! - 1, item[n]! - 1];
      const eta = Math.exp(z[7 + i]!) * (z[p]! - z[4 + i]!);
      return sum - Math.log1p(Math.exp(y === 1 ? -eta : eta));
    }, prior);
  });
});

test("a recurrence in each entry of two nested plates", async () => {
  const y = [[[1, 0.5, -1, 2], [0, 0.25, 1, 1.5]], [[-1, 0, 2, 1], [2, 1, 0, -0.5]], [[0.5, 1, 1, 1], [3, 2, 1, 0]]]; // biome-ignore format: a table
  const series = model("levels", ({ plate, sample, observe }) => {
    const [region, site, time] = [plate("region", 3), plate("site", 2), plate("time", 4)];
    const rho = sample("rho", normal(0, 1), [region]);
    const data = real(y, [region, site, time]);
    const level = scan(time, 0, (previous) => rho.mul(previous).add(data.mul(0.5)));
    const drift = sample("drift", normal(0, 1), [site]);
    observe("y", normal(level.add(drift), 2), data);
  });
  await expectDensity(series, (z) => {
    const prior = z.reduce((sum, x) => sum + logNormalDensity(x, 1), 0);
    return y.reduce(
      (total, sites, r) =>
        sites.reduce((sum, values, s) => {
          let level = 0;
          return values.reduce((inner, value) => {
            level = z[r]! * level + 0.5 * value;
            return inner + logNormalDensity(value - level - z[3 + s]!, 2);
          }, sum);
        }, total),
      prior,
    );
  });
});

test("ragged groups, one of them empty: sums, maxima and log-sum-exps over the rows of each", async () => {
  const group = [0, 2, 2, 0, 2, 3];
  const ragged = model("ragged", ({ plate, sample, factor }) => {
    const [rows, groups] = [plate("row", group.length), plate("group", 4)];
    const x = sample("x", normal(0, 1), [rows]);
    const of = index(group, [rows], groups);
    const isEmpty = eq(segmentSum(x.mul(0).add(1), of, groups), 0);
    factor("sum", segmentSum(x, of, groups).mul(0.5));
    factor("max", select(isEmpty, 0, segmentMaximum(x, of, groups)));
    factor("logSumExp", select(isEmpty, 0, segmentLogSumExp(x.mul(3), of, groups)));
  });
  await expectDensity(ragged, (z) => {
    const prior = z.reduce((sum, x) => sum + logNormalDensity(x, 1), 0);
    return [0, 2, 3].reduce((total, k) => {
      const own = z.filter((_, n) => group[n] === k);
      const logSumExp = Math.log(own.reduce((sum, x) => sum + Math.exp(3 * x), 0));
      return total + 0.5 * own.reduce((sum, x) => sum + x, 0) + Math.max(...own) + logSumExp;
    }, prior);
  });
});

test("a mask of observed cells: what is masked counts for nothing, and its derivatives for nothing", async () => {
  const y = [[1, 0, 1], [0, 0, 1], [1, 1, 1], [0, 1, 0]]; // biome-ignore format: a table
  const seen = [[1, 1, 0], [1, 0, 1], [0, 0, 0], [1, 1, 1]]; // biome-ignore format: a table
  const masked = model("masked", ({ plate, sample, factor }) => {
    const [person, item] = [plate("person", 4), plate("item", 3)];
    const ability = sample("ability", normal(0, 1), [person]);
    const difficulty = sample("difficulty", normal(0, 1), [item]);
    const mask = integer(seen, [person, item]).gt(0);
    const density = bernoulli({ logits: ability.sub(difficulty) }).logProb(integer(y, [person, item]));
    factor("y", select(mask, density, 0));
  });
  await expectDensity(masked, (z) => {
    const prior = z.reduce((sum, x) => sum + logNormalDensity(x, 1), 0);
    return y.reduce(
      (total, row, p) =>
        row.reduce((sum, value, i) => {
          const eta = z[p]! - z[4 + i]!;
          return seen[p]![i] === 1 ? sum - Math.log1p(Math.exp(value === 1 ? -eta : eta)) : sum;
        }, total),
      prior,
    );
  });
});

test("a plate that meets itself: a covariance over the plate and its twin", async () => {
  const at = [0.5, -1];
  const twins = model("twins", ({ plate, sample, observe }) => {
    const point = plate("point", 2);
    const other = point.prime();
    const length = sample("length", normal(0, 1), [point]);
    const same = castF32(eq(iota(point), iota(other)));
    const covariance = sigmoid(length)
      .mul(sigmoid(rename(length, point, other)))
      .add(same);
    observe("y", multivariateNormal(0, { covariance, row: point }), real(at, [point]));
  });
  await expectDensity(twins, (z) => {
    const [a, b] = z.map((x) => 1 / (1 + Math.exp(-x))) as [number, number];
    const [p, q, r] = [a * a + 1, a * b, b * b + 1];
    const determinant = p * r - q * q;
    const distance = (r * at[0]! ** 2 - 2 * q * at[0]! * at[1]! + p * at[1]! ** 2) / determinant;
    const prior = z.reduce((sum, x) => sum + logNormalDensity(x, 1), 0);
    return prior - Math.log(2 * Math.PI) - 0.5 * (Math.log(determinant) + distance);
  });
});
