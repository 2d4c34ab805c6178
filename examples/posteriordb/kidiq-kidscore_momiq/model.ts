import { flat, halfCauchy, model, normal, real } from "elbow-gpu";

interface Data {
  readonly kid_score: readonly number[];
  readonly mom_iq: readonly number[];
}

export default model("kidiq-kidscore_momiq", ({ plate, sample, observe }, data: Data) => {
  const rows = data.mom_iq.map((iq) => [1, iq]);
  const n = plate("n", rows.length);
  const predictor = plate("predictor", rows[0]!.length);
  const beta = sample("beta", flat(), [predictor]);
  const sigma = sample("sigma", halfCauchy(0, 2.5));
  const mean = real(rows, [n, predictor]).mul(beta).sum(predictor);
  observe("y", normal(mean, sigma), real(data.kid_score, [n]));
});
