import { model, normal, real } from "elbow-gpu";

interface Data {
  readonly kid_score: readonly number[];
  /** 1 if the mother finished high school. */
  readonly mom_hs: readonly number[];
  readonly mom_iq: readonly number[];
}

const mean = (x: readonly number[]): number => x.reduce((sum, value) => sum + value, 0) / x.length;

/** Less the mean, over the standard deviation (n − 1). */
function standardised(x: readonly number[]): number[] {
  const centre = mean(x);
  const sd = Math.sqrt(x.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (x.length - 1));
  return x.map((value) => (value - centre) / sd);
}

/** The columns 1, centred high school, standardised IQ, and high school times standardised IQ. */
function design({ mom_hs, mom_iq }: Data): number[][] {
  const iq = standardised(mom_iq);
  const centre = mean(mom_hs);
  return mom_hs.map((hs, n) => [1, hs - centre, iq[n]!, hs * iq[n]!]);
}

export default model("conjugate regression", ({ plate, sample, observe }, data: Data) => {
  const child = plate("child", data.kid_score.length);
  const coefficient = plate("coefficient", 4);
  const X = real(design(data), [child, coefficient]);
  const b = sample("b", normal(real([80, 0, 0, 0], [coefficient]), real([50, 20, 20, 20], [coefficient])));
  observe("kid_score", normal(X.mul(b).sum(coefficient), 18), real(data.kid_score, [child]));
});
