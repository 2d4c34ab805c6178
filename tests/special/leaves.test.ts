import { describe, expect, test } from "vitest";
import { leafClosure, leafNames } from "../../src/compile/leaves.ts";
import { testDevice } from "../support/gpu.ts";
import { statedBound } from "./points.ts";

const device = await testDevice();

describe("WGSL leaves", () => {
  test("each compiles with what it requires, and no more", async () => {
    const sources = leafNames.map((name) => ({
      name,
      wgsl: `${leafClosure([name])}\n@compute @workgroup_size(1) fn main() {}`,
    }));
    await device.createPipelines(sources);
    for (const { name, wgsl } of sources) {
      // Every function of the closure is called by another, or is the one asked for (or its file mate).
      const defined = [...wgsl.matchAll(/^fn (\w+)/gm)].map((match) => match[1]!);
      const unused = defined.filter((f) => f !== name && f !== "main" && wgsl.split(`${f}(`).length < 3);
      expect(
        unused.filter((f) => f !== "e_inf" && f !== "e_nan"),
        name,
      ).toEqual([]);
    }
  });

  test("each states an error bound", () => {
    for (const name of leafNames) {
      const text = leafClosure([name]);
      expect(() => statedBound(text.slice(text.lastIndexOf("// error:"))), name).not.toThrow();
    }
  });

  test("a closure holds each function once, after what it calls", () => {
    const text = leafClosure(["e_logBeta", "e_softplus", "e_log", "e_lgamma"]);
    const defined = [...text.matchAll(/^fn (\w+)/gm)].map((match) => match[1]!);
    expect(new Set(defined).size).toBe(defined.length);
    for (const f of defined) expect(text.indexOf(`fn ${f}(`)).toBe(text.indexOf(`${f}(`) - 3);
  });

  test("an unknown name throws", () => {
    expect(() => leafClosure(["e_nothing"])).toThrow("no WGSL leaf is called e_nothing");
  });
});
