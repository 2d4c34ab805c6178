import { flat, model, normal, real } from "elbow-gpu";

interface Data {
  readonly earn: readonly number[];
  readonly height: readonly number[];
  readonly male: readonly number[];
}

export default model("earnings-logearn_height_male", ({ plate, sample, observe }, data: Data) => {
  const rows = data.height.map((height, i) => [1, height, data.male[i]!]);
  const n = plate("n", rows.length);
  const predictor = plate("predictor", rows[0]!.length);
  const beta = sample("beta", flat(), [predictor]);
  const sigma = sample("sigma", flat({ lower: 0 }));
  const mean = real(rows, [n, predictor]).mul(beta).sum(predictor);
  observe("y", normal(mean, sigma), real(data.earn.map(Math.log), [n]));
});
