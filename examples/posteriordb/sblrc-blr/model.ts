import { halfNormal, model, normal, real } from "elbow-gpu";

interface Data {
  readonly X: readonly (readonly number[])[];
  readonly y: readonly number[];
}

export default model("sblrc-blr", ({ plate, sample, observe }, data: Data) => {
  const rows = data.X;
  const n = plate("n", rows.length);
  const predictor = plate("predictor", rows[0]!.length);
  const beta = sample("beta", normal(0, 10), [predictor]);
  const sigma = sample("sigma", halfNormal(10));
  const mean = real(rows, [n, predictor]).mul(beta).sum(predictor);
  observe("y", normal(mean, sigma), real(data.y, [n]));
});
