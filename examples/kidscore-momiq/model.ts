import { flat, halfCauchy, math, model, normal, real } from "elbow-gpu";

interface Data {
  readonly kid_score: readonly number[];
  readonly mom_iq: readonly number[];
}

export default model("kidscore, mother's IQ", ({ plate, sample, observe }, data: Data) => {
  const child = plate("child", data.kid_score.length);
  const alpha = sample("alpha", flat());
  const beta = sample("beta", flat());
  const sigma = sample("sigma", halfCauchy(0, 2.5));
  const score = math`${alpha} + ${beta} * ${real(data.mom_iq, [child])}`;
  observe("kid_score", normal(score, sigma), real(data.kid_score, [child]));
});
