/** The models of the rows that are not among the examples. */
import { bernoulli, halfNormal, integer, logSumExp, model, normal, real } from "../../src/index.ts";
import type { Gaussian, Logistic, Mixture } from "./data.ts";

export const logistic = model("logistic regression", ({ plate, sample, observe }, data: Logistic) => {
  const row = plate("row", data.n);
  const predictor = plate("predictor", data.d);
  const b = sample("b", normal(0, 1), [predictor]);
  const logits = real(data.X, [row, predictor]).mul(b).sum(predictor);
  observe("y", bernoulli({ logits }), integer(data.y, [row]));
});

/** The assignment of each point summed out by log-sum-exp; weights are the softmax of normal scores. */
export const mixture = model("Gaussian mixture", ({ plate, sample, factor }, data: Mixture) => {
  const point = plate("point", data.y.length);
  const component = plate("component", data.k);
  const score = sample("score", normal(0, 1), [component]);
  const mu = sample("mu", normal(0, 20), [component]);
  const sigma = sample("sigma", halfNormal(2), [component]);
  const logWeight = score.sub(logSumExp(score, [component]));
  const terms = normal(mu, sigma)
    .logProb(real(data.y, [point]))
    .add(logWeight);
  factor("y", logSumExp(terms, [component]));
});

export const gaussian = model("Gaussian", ({ plate, sample, factor }, data: Gaussian) => {
  const column = plate("column", data.d);
  const row = plate("row", data.d);
  const z = sample("z", normal(0, 10), [column]);
  const standardised = real(data.A, [row, column])
    .mul(z.sub(real(data.b, [column])))
    .sum(column);
  factor("target", standardised.mul(standardised).mul(-0.5));
});
