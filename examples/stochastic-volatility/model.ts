import { ar, beta, exponential, math, model, normal, real } from "elbow-gpu";

interface Data {
  /** Daily closing levels of the index. */
  readonly dax: readonly number[];
}

export default model("stochastic volatility", ({ plate, sample, deterministic, observe }, data: Data) => {
  const returns = data.dax.slice(1).map((level, t) => 100 * Math.log(level / data.dax[t]!));
  const mean = returns.reduce((sum, x) => sum + x, 0) / returns.length;
  const day = plate("day", returns.length);
  const mu = sample("mu", normal(0, 2));
  const persistence = sample("persistence", beta(20, 1.5));
  const sigma = sample("sigma", exponential(5));
  const phi = deterministic("phi", math`2 * ${persistence} - 1`);
  // The log variance, about the stationary distribution of its autoregression.
  const initial = normal(mu, math`${sigma} / sqrt(1 - ${phi} * ${phi})`);
  const h = sample("h", ar(day, { coefficients: phi, constant: math`${mu} * (1 - ${phi})`, scale: sigma, initial }));
  observe(
    "return",
    normal(0, math`exp(${h} / 2)`),
    real(
      returns.map((x) => x - mean),
      [day],
    ),
  );
});
