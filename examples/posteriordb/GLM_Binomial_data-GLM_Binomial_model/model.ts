import { binomial, integer, math, model, normal, real } from "elbow-gpu";

interface Data {
  readonly C: readonly number[];
  readonly N: readonly number[];
  readonly year: readonly number[];
}

export default model("GLM_Binomial_data-GLM_Binomial_model", ({ plate, sample, observe }, data: Data) => {
  const i = plate("i", data.C.length);
  const alpha = sample("alpha", normal(0, 100));
  const beta1 = sample("beta1", normal(0, 100));
  const beta2 = sample("beta2", normal(0, 100));
  const year = real(data.year, [i]);
  const squared = real(
    data.year.map((x) => x * x),
    [i],
  );
  const logits = math`${alpha} + ${beta1} * ${year} + ${beta2} * ${squared}`;
  observe("C", binomial(integer(data.N, [i]), { logits }), integer(data.C, [i]));
});
