import { index, integer, logSigmoid, model, normal, real, select } from "elbow-gpu";

interface Data {
  /** Categories of every indicator. */
  readonly ncat: readonly number[];
  /** Discrimination of every indicator. */
  readonly delta: readonly number[];
  /** Thresholds between the categories, −1 beyond the last. */
  readonly gamma: readonly (readonly number[])[];
  /** By child and indicator, −1 where missing. */
  readonly grade: readonly (readonly number[])[];
}

/** The observed cells, with the thresholds below and above the grade where there are such. */
function cells({ ncat, delta, gamma, grade }: Data) {
  return grade.flatMap((row, child) =>
    row.flatMap((g, j) => {
      if (g === -1) return [];
      const [low, high] = [gamma[j]![g - 2], g < ncat[j]! ? gamma[j]![g - 1] : undefined];
      return [{ child, delta: delta[j]!, low, high }];
    }),
  );
}

export default model("bones_data-bones_model", ({ plate, sample, factor }, data: Data) => {
  const observed = cells(data);
  const child = plate("child", data.grade.length);
  const cell = plate("cell", observed.length);
  const theta = sample("theta", normal(0, 36), [child]);
  const of = index(
    observed.map((c) => c.child),
    [cell],
    child,
  );
  const flag = (values: readonly boolean[]) => integer(values.map(Number), [cell]).gt(0);
  const delta = real(
    observed.map((c) => c.delta),
    [cell],
  );
  const score = (thresholds: readonly (number | undefined)[]) =>
    theta
      .at(of)
      .sub(
        real(
          thresholds.map((x) => x ?? 0),
          [cell],
        ),
      )
      .mul(delta);
  // logistic(a) − logistic(b) = logistic(a) logistic(−b) (1 − exp(b − a)), the last factor known from the data.
  const known = observed.map(({ delta, low, high }) =>
    low === undefined || high === undefined ? 0 : Math.log1p(-Math.exp(delta * (low - high))),
  );
  const above = select(
    flag(observed.map((c) => c.low !== undefined)),
    logSigmoid(score(observed.map((c) => c.low))),
    0,
  );
  const below = select(
    flag(observed.map((c) => c.high !== undefined)),
    logSigmoid(score(observed.map((c) => c.high)).neg()),
    0,
  );
  factor("grade", above.add(below).add(real(known, [cell])));
});
