import { halfStudentT, model, normal, real, studentT } from "elbow-gpu";

interface Data {
  /** Logarithm of the price. */
  readonly Y: readonly number[];
  /** 25 columns, the first all ones. */
  readonly X: readonly (readonly number[])[];
}

/** Every column less its mean, here rather than in the graph: in float64. */
function centred(rows: readonly (readonly number[])[]): number[][] {
  const means = rows[0]!.map((_, k) => rows.reduce((sum, row) => sum + row[k]!, 0) / rows.length);
  return rows.map((row) => row.map((x, k) => x - means[k]!));
}

export default model("diamonds-diamonds", ({ plate, sample, observe }, data: Data) => {
  const diamond = plate("diamond", data.Y.length);
  const rows = centred(data.X.map((row) => row.slice(1)));
  const predictor = plate("predictor", rows[0]!.length);
  const b = sample("b", normal(0, 1), [predictor]);
  const intercept = sample("Intercept", studentT(3, 8, 10));
  const sigma = sample("sigma", halfStudentT(3, 0, 10));
  const mean = real(rows, [diamond, predictor]).mul(b).sum(predictor).add(intercept);
  observe("Y", normal(mean, sigma), real(data.Y, [diamond]));
});
