import { constrained, gt, integer, math, model, normal, poisson, real, select, uniform } from "elbow-gpu";

interface Data {
  readonly C: readonly number[];
  readonly year: readonly number[];
}

export default model("GLMM_Poisson_data-GLMM_Poisson_model", ({ plate, sample, factor, observe }, data: Data) => {
  const i = plate("i", data.C.length);
  const power = (k: number) =>
    real(
      data.year.map((x) => x ** k),
      [i],
    );
  const alpha = sample("alpha", uniform(-20, 20));
  const beta1 = sample("beta1", uniform(-10, 10));
  // Declared wider than its prior, which is zero beyond 10.
  const beta2 = sample("beta2", constrained(uniform(-10, 10), { kind: "interval", lower: -10, upper: 20 }));
  factor("beta2_beyond_its_prior", select(gt(beta2, 10), Number.NEGATIVE_INFINITY, 0));
  const beta3 = sample("beta3", uniform(-10, 10));
  const sigma = sample("sigma", uniform(0, 5));
  const eps = sample("eps", normal(0, sigma), [i]);
  const trend = math`${alpha} + ${beta1} * ${power(1)} + ${beta2} * ${power(2)} + ${beta3} * ${power(3)}`;
  observe("C", poisson({ logRate: trend.add(eps) }), integer(data.C, [i]));
});
