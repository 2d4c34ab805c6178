/** Mistakes in data: the error names the field, the entry and the remedy. */
import { describe, expect, it } from "vitest";
import { Axis } from "../../src/graph/axis.ts";
import { index, integer, ModelError, model, normal, real } from "../../src/index.ts";

import { expectMistake, failure, type Mistake } from "./failure.ts";

const mistakes: Mistake[] = [
  [
    "an unknown plate of data",
    "unknown-plate",
    "real(data)",
    /^real\(data\): the axis n:2/,
    () => real([1, 2], [new Axis("n", 2)]),
  ],
  [
    "data of the wrong length",
    "data-shape",
    "data",
    /^data has 2 entries and runs over the plate school:3: the lengths must agree/,
    ({ plate }) => real([1, 2], [plate("school", 3)]),
  ],
  [
    "an array without plates",
    "data-shape",
    "data",
    /no plate to run over; name its plates, as in real\(data, \[plate\]\)/,
    () => real([1, 2]),
  ],
  [
    "a number with plates",
    "data-shape",
    "data",
    /^data: one number, where an array over school:3 is needed/,
    ({ plate }) => real(1, [plate("school", 3)]),
  ],
  [
    "a transposed matrix",
    "data-shape",
    "data",
    /^data has 2 entries, not one for each of the plate a:3 .* give the plates in the order of the nesting: \[b, a\]/,
    ({ plate }) => {
      const [a, b] = [plate("a", 3), plate("b", 2)];
      real(
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
        [a, b],
      );
    },
  ],
  [
    "a ragged matrix",
    "data-shape",
    "data",
    /^data\[1\] has 2 entries, not one for each of the plate b:3/,
    ({ plate }) =>
      real(
        [
          [1, 2, 3],
          [4, 5],
        ],
        [plate("a", 2), plate("b", 3)],
      ),
  ],
  [
    "a matrix with one plate",
    "data-shape",
    "data",
    /^data: arrays nested 2 deep \(2 × 1\), for 1 plate \[a\]: give as many plates as levels/,
    ({ plate }) => real([[1], [2]], [plate("a", 2)]),
  ],
  [
    "NaN in data",
    "non-finite-data",
    "data",
    /^data\[2\] is NaN \(indices from 1\); data must be finite/,
    ({ plate }) => real([1, Number.NaN], [plate("a", 2)]),
  ],
  [
    "infinite data",
    "non-finite-data",
    "data",
    /^data\[2,1\] is -Infinity/,
    ({ plate }) => real([[1], [Number.NEGATIVE_INFINITY]], [plate("a", 2), plate("b", 1)]),
  ],
  [
    "data that overflow float32",
    "non-finite-data",
    "data",
    /^data\[1\] is 1e\+39 .* rescale the data/,
    ({ plate }) => real([1e39], [plate("a", 1)]),
  ],
  [
    "null in data",
    "data-not-numeric",
    "data",
    /^data\[2\] is null, not a number .*missing: true/,
    ({ plate }) => real([1, null as unknown as number], [plate("a", 2)]),
  ],
  ["text for data", "data-not-numeric", "data", /^data is "12", not numbers/, () => real("12" as unknown as number)],
  [
    "a fraction as integer data",
    "non-integer-count",
    "data",
    /^data\[1\] is 0.5 .*not an integer; real\(\) takes real data/,
    ({ plate }) => integer([0.5], [plate("n", 1)]),
  ],
  [
    "an index from 1 without base",
    "index-range",
    "data",
    /^data\[3\] is 3 .*not in 0 … 2, the positions of the plate county:3 with base 0; the data run from 1 to 3: say index\(…, \{ base: 1 \}\)/,
    ({ plate }) => index([1, 2, 3], [plate("n", 3)], plate("county", 3)),
  ],
  [
    "an index beyond its plate",
    "index-range",
    "data",
    /^data\[1\] is 0 .*not in 1 … 3, .*with base 1$/,
    ({ plate }) => index([0, 3, 9], [plate("n", 3)], plate("county", 3), { base: 1 }),
  ],
  [
    "data with a plate that is not in an array",
    "wrong-argument",
    null,
    /^real\(data, plates\): the plates must be an array of plates/,
    ({ plate }) => real([1, 2], plate("n", 2) as unknown as Axis[]),
  ],
];

describe("data", () => {
  it.each(mistakes)("%s", expectMistake);
});

describe("fields of the data", () => {
  interface Data {
    readonly y: readonly number[];
    readonly sigma?: readonly number[];
  }
  const broken = model("schools", ({ plate, sample, observe }, data: Data) => {
    const school = plate("school", data.y.length);
    observe("y", normal(sample("mu", normal(0, 1)), real(data.sigma, [school])), real(data.y, [school]));
  });

  it("are named in messages", () => {
    const data = { y: [1, 2], sigma: [1, 2, 3] };
    expect(() => broken.trace(data)).toThrow(/^data.sigma has 3 entries and runs over the plate school:2/);
  });

  it("are listed when one is missing", () => {
    expect(() => broken.trace({ y: [1, 2] })).toThrow(
      /^real\(undefined\): the data are missing; there is no data.sigma; the data's fields are: y$/,
    );
    const noY = failure(({ plate }) => plate("n", 2));
    expect(noY.code).toBe("no-latent");
    try {
      broken.trace({ sigma: [1] } as unknown as Data);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(ModelError);
      expect(error).toMatchObject({ code: "data-missing" });
      expect((error as Error).message).toMatch(/^model "schools": there is no data.y; the data's fields are: sigma \(/);
    }
  });

  it("are named where a plate's size is missing", () => {
    const sized = model("sized", ({ plate }, data: { N?: number }) => {
      plate("n", data.N!);
    });
    expect(() => sized.trace({})).toThrow(/^plate\("n", undefined\): the size must be a number; there is no data.N;/);
  });
});
