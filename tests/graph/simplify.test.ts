import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evaluate } from "../../src/cpu/interpreter.ts";
import { gradient } from "../../src/graph/autodiff.ts";
import { Axis, drawAxis, sameAxes } from "../../src/graph/axis.ts";
import { expand } from "../../src/graph/expand.ts";
import * as g from "../../src/graph/ops.ts";
import { embedDiagonal, rename, slice } from "../../src/graph/reindex.ts";
import { simplify } from "../../src/graph/simplify.ts";
import { constant, Value } from "../../src/graph/value.ts";
import { graphShapes, randomGraph } from "../support/random-graphs.ts";

const i = new Axis("i", 3);
const j = new Axis("j", 4);
const obs = new Axis("obs", 50);
const draw = drawAxis(2);
const x = g.input("x", [i], "parameter");
const y = g.input("y", [i], "parameter");
const c = g.input("c", [draw], "parameter");
const data = g.input("data", [obs], "data");

/** Number of operations that are not constants. */
const operations = (roots: readonly Value[]): number =>
  Value.topological(roots).filter((value) => value.op.kind !== "constant").length;

/** Elements computed and reduced over, were every value stored; a division or power counts four times, repeating nothing. */
const work = (roots: readonly Value[]): number =>
  Value.topological(roots).reduce((sum, { op, inputs, size }) => {
    if (op.kind === "constant" || op.kind === "input") return sum;
    if (op.kind === "reindex" && op.map.source.length + op.map.guards.length === 0) return sum;
    const dividing = op.kind === "map" && ["div", "reciprocal", "pow"].includes(op.name);
    return sum + (op.kind === "reduce" || op.kind === "segment" ? inputs[0]!.size : dividing ? 4 * size : size);
  }, 0);

const simplified = (value: Value): Value => simplify([value])[0]!;

describe("algebra", () => {
  const same = (name: string, value: Value, expected: Value): void => {
    test(name, () => {
      // The expected graph is written plainly; both come to one object where they are equal.
      const [left, right] = simplify([value, expected]) as [Value, Value];
      expect(left).toBe(right);
      expect(operations([left])).toBe(operations([expected]));
    });
  };
  same("x + 0", x.add(0), x);
  same("0 + x", g.add(0, x), x);
  same("x − 0", x.sub(0), x);
  same("0 − x", g.sub(0, x), x.neg());
  same("x · 1", x.mul(1), x);
  same("x / 1", x.div(1), x);
  same("x · −1", x.mul(-1), x.neg());
  same("−−x", x.neg().neg(), x);
  same("x − −y", x.sub(y.neg()), x.add(y));
  same("x + −y", x.add(y.neg()), x.sub(y));
  same("−(x − y)", x.sub(y).neg(), y.sub(x));
  same("c·(d·x)", g.mul(2, x.mul(3)), x.mul(6));
  same("(x + 1) − 3", x.add(1).sub(3), x.add(-2));
  same("x / 4", x.div(4), x.mul(0.25));
  same("x · x", x.mul(x), x.square());
  same("x + x", x.add(x), x.mul(2));
  same("(−x)²", x.neg().square(), x.square());
  same("x^2", x.pow(2), x.square());
  same("log exp x", x.exp().log(), x);
  same("log σ(x)", x.sigmoid().log(), g.logSigmoid(x));
  same("log(1 + exp x)", g.add(1, x.exp()).log(), x.softplus());
  same("exp log of what is not negative", x.square().log().exp(), x.square());
  same("1 / (1 / x)", x.reciprocal().reciprocal(), x);
  same("x · (1 / y)", x.mul(y.reciprocal()), x.div(y));
  same("−½((x − y) / 2)²", x.sub(y).div(2).square().mul(-0.5), x.sub(y).mul(0.5).square().mul(-0.5));
  same("(2x)·(3y)", x.mul(2).mul(y.mul(3)), x.mul(y).mul(6));
  same("select of equal arms", g.select(g.lt(x, 0), y, y), y);
  same("select under not", g.select(g.not(g.lt(x, 0)), x, y), g.select(g.lt(x, 0), y, x));
  same("constants", g.mul(x, constant(2).add(1).exp()), x.mul(Math.exp(3)));

  test("exp(log x) stays where x may be negative", () => {
    expect(operations([simplified(x.log().exp())])).toBe(3);
  });
  test("x · 0 and x − x stay where x may not be finite", () => {
    expect(operations([simplified(x.mul(0))])).toBe(2);
    expect(operations([simplified(x.sub(x))])).toBe(2);
    expect(simplified(g.castF32(g.iota(i)).mul(0)).op.kind).toBe("reindex"); // the constant 0 over i
  });
  test("what divides many elements is inverted once", () => {
    const quotient = simplified(data.div(c.exp()));
    expect(quotient.op).toEqual({ kind: "map", name: "mul" });
    expect(simplified(x.mul(y.reciprocal())).op).toEqual({ kind: "map", name: "div" });
  });
  test("a constant does not move onto more elements", () => {
    const product = simplified(c.mul(2).mul(data));
    expect(Value.topological([product]).filter((value) => value.size > 50).length).toBe(1);
  });
});

describe("structure", () => {
  test("common subexpressions become one node", () => {
    const [a, b] = simplify([x.mul(y).exp(), y.mul(x).exp().log1p()]) as [Value, Value];
    expect(b.op).toEqual({ kind: "map", name: "softplus" });
    expect(a.inputs[0]).toBe(b.inputs[0]);
  });

  test("inputs of one name stay apart", () => {
    const again = g.input("x", [i], "parameter");
    const [sum] = simplify([x.add(again)]) as [Value];
    expect(sum.inputs).toEqual([x, again]);
  });

  test("sums: merged, factors outside, constants multiplied", () => {
    const all = simplified(c.mul(data).sum(obs).sum(draw));
    const kinds = Value.topological([all]).map((value) => value.op.kind);
    expect(kinds.filter((kind) => kind === "reduce").length).toBe(2);
    expect(Value.topological([all]).some((value) => value.hasAxis(obs) && value.hasAxis(draw))).toBe(false);
    const merged = simplified(
      x
        .mul(g.input("m", [i, j], "data"))
        .exp()
        .sum(j)
        .sum(i),
    );
    expect(merged.op).toMatchObject({ kind: "reduce", over: [i, j] });
    expect(
      simplified(
        constant(3)
          .add(x.mul(1).sub(x.add(0).mul(1)))
          .sum(i),
      ).axes,
    ).toEqual([]);
    expect(simplified(expand(c, [obs]).sum(obs)).op).toEqual({ kind: "map", name: "mul" });
  });

  test("renames: away, there and back, joined", () => {
    const i2 = new Axis("i2", 3);
    const i3 = new Axis("i3", 3);
    expect(simplified(rename(rename(x, i, i2), i2, i).exp()).inputs[0]).toBe(x);
    const [twice, once] = simplify([rename(rename(x, i, i2), i2, i3), rename(x, i, i3)]) as [Value, Value];
    expect(twice).toBe(once);
    const short = new Axis("short", 2);
    const short2 = new Axis("short2", 2);
    const [joined, plain] = simplify([rename(slice(x, i, short, 1), short, short2), slice(x, i, short2, 1)]) as [
      Value,
      Value,
    ];
    expect(joined).toBe(plain);
  });

  test("a segment sums over the rows of its index even if that turns out constant", () => {
    const constantIndex = g.iota(obs).mul(0);
    const [grouped] = simplify([g.segment("sum", data, constantIndex, i)]) as [Value];
    expect(sameAxes(grouped.axes, [i])).toBe(true);
    const bound = new Map([["data", new Float64Array(50).fill(1)]]);
    expect([...evaluate([grouped], bound)[0]!]).toEqual([50, 0, 0]);
  });

  test("a scalar constant index is a slice", () => {
    expect(simplified(g.gather(x, i, constant(1, "i32"))).op.kind).toBe("reindex");
  });

  test("stops stay until they are asked to go", () => {
    expect(simplify([g.stopGradient(x).exp()])[0]!.inputs[0]!.op.kind).toBe("stop");
    expect(simplify([g.stopGradient(x).exp()], { keepStops: false })[0]!.inputs[0]).toBe(x);
  });

  test("solves keep the axes they need", () => {
    const i2 = i.prime();
    const L = embedDiagonal(g.castF32(g.iota(i)).mul(0).add(2), i, i2);
    const solved = g.triangularSolve(L, g.castF32(g.iota(i)).mul(0).add(4), i, i2);
    expect([...evaluate(simplify([solved]), new Map())[0]!]).toEqual([2, 2, 2]);
  });

  test("special functions fold when they are given", () => {
    const folded = simplify([g.lgamma(constant(4))], { special: { lgamma: () => Math.log(6) } })[0]!;
    expect(folded.op).toEqual({ kind: "constant", value: Math.log(6) });
    expect(simplified(g.lgamma(constant(4))).op.kind).toBe("map");
  });

  test("what float32 cannot hold is not folded", () => {
    expect(simplified(g.exp(constant(200))).op.kind).toBe("map");
    expect(simplified(g.reciprocal(constant(0))).op.kind).toBe("map");
  });
});

describe("on random graphs, values and gradients alike", () => {
  const runs = { numRuns: 400, seed: 11 };

  test("axes, types and values stay, work does not grow, and a second time changes nothing", () => {
    fc.assert(
      fc.property(graphShapes({ nodes: 30 }), (shape) => {
        const { roots, inputs, parameters } = randomGraph(shape);
        const all = [...roots, ...gradient(roots[0]!, parameters)];
        const results = simplify(all);
        results.forEach((result, k) => {
          expect(sameAxes(result.axes, all[k]!.axes)).toBe(true);
          expect(result.dtype).toBe(all[k]!.dtype);
        });
        expect(work(results)).toBeLessThanOrEqual(work(all));
        const again = simplify(results);
        again.forEach((value, k) => {
          expect(value).toBe(results[k]);
        });
        const [before, after] = [evaluate(all, inputs), evaluate(results, inputs)];
        before.forEach((array, k) => {
          array.forEach((expected, at) => {
            const scale = Math.max(1, Math.abs(expected));
            const got = after[k]![at]!;
            const close = Object.is(got, expected) || Math.abs(got - expected) <= 1e-7 * scale;
            expect(close, `root ${k}[${at}]: ${expected} became ${got}`).toBe(true);
          });
        });
      }),
      runs,
    );
  });

  test("values are sane: finite, and no jump depends on rounding", () => {
    fc.assert(
      fc.property(graphShapes({ nodes: 30 }), (shape) => {
        const { roots, inputs } = randomGraph(shape);
        for (const array of evaluate(roots, inputs)) expect(array.every(Number.isFinite)).toBe(true);
        evaluate(roots, inputs).forEach((array, k) => {
          const rounded = evaluate(roots, inputs, { round: "f32" })[k]!;
          const scale = array.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
          array.forEach((value, at) => {
            expect(Math.abs(value - rounded[at]!)).toBeLessThan(1e-2 * scale);
          });
        });
      }),
      runs,
    );
  });

  test("every kind of node comes up", () => {
    const kinds = new Set<string>();
    const maps = new Set<string>();
    for (let seed = 0; seed < 400; seed++) {
      for (const { op } of Value.topological(randomGraph({ seed, nodes: 25 }).roots)) {
        kinds.add(op.kind);
        if (op.kind === "map") maps.add(op.name);
      }
    }
    expect([...kinds].sort()).toEqual(
      "cholesky constant gather input iota map random reduce reindex scan segment stop triangularSolve".split(" "),
    );
    expect(maps.size).toBe(59);
  });
});
