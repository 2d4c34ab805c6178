import {
  beta,
  constrained,
  eq,
  halfNormal,
  iota,
  log,
  log1p,
  logSumExp,
  model,
  neg,
  normal,
  real,
  select,
} from "elbow-gpu";

interface Data {
  readonly y: readonly number[];
}

export default model("low_dim_gauss_mix-low_dim_gauss_mix", ({ plate, sample, factor }, data: Data) => {
  const n = plate("n", data.y.length);
  const component = plate("component", 2);
  const mu = sample("mu", constrained(normal(0, 2), { kind: "ordered", axis: component }));
  const sigma = sample("sigma", halfNormal(2), [component]);
  const theta = sample("theta", beta(5, 5));
  const logWeight = select(eq(iota(component), 0), log(theta), log1p(neg(theta)));
  const density = normal(mu, sigma).logProb(real(data.y, [n]));
  factor("y", logSumExp(logWeight.add(density), [component]));
});
