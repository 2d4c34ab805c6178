import { flat, model, normal, real } from "elbow-gpu";

interface Data {
  readonly partyid7: readonly number[];
  readonly real_ideo: readonly number[];
  readonly race_adj: readonly number[];
  /** 1 … 4. */
  readonly age_discrete: readonly number[];
  readonly educ1: readonly number[];
  readonly gender: readonly number[];
  readonly income: readonly number[];
}

export default model("nes2000-nes", ({ plate, sample, observe }, data: Data) => {
  const rows = data.partyid7.map((_, i) => {
    const ages = [2, 3, 4].map((age) => (data.age_discrete[i] === age ? 1 : 0));
    const rest = [data.educ1[i]!, data.gender[i]!, data.income[i]!];
    return [1, data.real_ideo[i]!, data.race_adj[i]!, ...ages, ...rest];
  });
  const n = plate("n", rows.length);
  const predictor = plate("predictor", rows[0]!.length);
  const beta = sample("beta", flat(), [predictor]);
  const sigma = sample("sigma", flat({ lower: 0 }));
  const mean = real(rows, [n, predictor]).mul(beta).sum(predictor);
  observe("y", normal(mean, sigma), real(data.partyid7, [n]));
});
