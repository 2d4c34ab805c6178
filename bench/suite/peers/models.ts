/** The rows' models in the peers' terms. Names and order of the coordinates are those of Elbow's models. */
import type {
  Diamonds,
  EightSchools,
  Gaussian,
  Logistic,
  Mixture,
  Radon,
  StochasticVolatility,
  Wells,
} from "../data.ts";
import type { Ops, PeerModel, Tensor } from "./ops.ts";

const LOG_TWO_PI = Math.log(2 * Math.PI);

const column = (values: ArrayLike<number>): Tensor => ({
  values: Float32Array.from(values),
  shape: [values.length, 1],
});

/** Σ over rows of log N(x; 0, sd²) of a matrix of `n` rows, sd a number. */
function normals<T>(ops: Ops<T>, x: T, n: number, sd: number): T {
  const constant = -n * (Math.log(sd) + LOG_TWO_PI / 2);
  return ops.add(ops.mul(ops.sum(ops.square(x), 0), -0.5 / (sd * sd)), constant);
}

export function eightSchools({ y, sigma }: EightSchools): PeerModel {
  const n = y.length;
  const constant = sigma.reduce((sum, s) => sum - Math.log(s) - LOG_TWO_PI / 2, 0);
  return {
    dimensions: 2 + n,
    data: { y: column(y), precision: column(sigma.map((s) => 1 / s)) },
    logJoint(ops, z, data) {
      const mu = ops.rows(z, 0, 1);
      const logTau = ops.rows(z, 1, 2);
      const eta = ops.rows(z, 2, 2 + n);
      const tau = ops.exp(logTau);
      const theta = ops.add(mu, ops.mul(tau, eta));
      const residual = ops.mul(ops.sub(data.y!, theta), data.precision!);
      const likelihood = ops.add(ops.mul(ops.sum(ops.square(residual), 0), -0.5), constant);
      // Half-Cauchy(0, 5), and the Jacobian of tau = exp(logTau).
      const scale = ops.sub(logTau, ops.log(ops.add(ops.square(ops.div(tau, 5)), 1)));
      const prior = ops.add(ops.add(normals(ops, mu, 1, 5), ops.sum(scale, 0)), Math.log(2 / (5 * Math.PI)));
      return ops.add(ops.add(likelihood, prior), normals(ops, eta, n, 1));
    },
  };
}

export function wells({ switched, dist }: Wells): PeerModel {
  return {
    dimensions: 2,
    data: { y: column(switched), x: column(dist) },
    logJoint(ops, z, data) {
      const logits = ops.add(ops.rows(z, 0, 1), ops.mul(data.x!, ops.rows(z, 1, 2)));
      return ops.sum(ops.sub(ops.mul(data.y!, logits), ops.softplus(logits)), 0);
    },
  };
}

export function logistic({ X, y, n, d }: Logistic): PeerModel {
  return {
    dimensions: d,
    data: { X: { values: X, shape: [n, d] }, y: column(y) },
    logJoint(ops, z, data) {
      const logits = ops.matmul(data.X!, z);
      const likelihood = ops.sum(ops.sub(ops.mul(data.y!, logits), ops.softplus(logits)), 0);
      return ops.add(likelihood, normals(ops, z, d, 1));
    },
  };
}

export function diamonds({ X, Y }: Diamonds): PeerModel {
  const [n, d] = [X.length, X[0]!.length];
  const means = X[0]!.map((_, k) => X.reduce((sum, row) => sum + row[k]!, 0) / n);
  const centred = Float32Array.from(X.flatMap((row) => row.map((x, k) => x - means[k]!)));
  // log t₃(x; 0, 10) and log of half of it: Γ(2) / (Γ(3/2) √(3π)) / 10.
  const student = Math.log(2 / (Math.sqrt(Math.PI) * Math.sqrt(3 * Math.PI) * 10));
  return {
    dimensions: d + 2,
    data: { X: { values: centred, shape: [n, d] }, Y: column(Y) },
    logJoint(ops, z, data) {
      const b = ops.rows(z, 0, d);
      const intercept = ops.rows(z, d, d + 1);
      const logSigma = ops.rows(z, d + 1, d + 2);
      const sigma = ops.exp(logSigma);
      const residual = ops.sub(data.Y!, ops.add(ops.matmul(data.X!, b), intercept));
      const squares = ops.div(ops.sum(ops.square(residual), 0), ops.sum(ops.square(sigma), 0));
      const sumLogSigma = ops.sum(logSigma, 0);
      const likelihood = ops.sub(ops.mul(ops.add(squares, n * LOG_TWO_PI), -0.5), ops.mul(sumLogSigma, n));
      const tail = (x: typeof z): typeof z =>
        ops.sum(ops.mul(ops.log(ops.add(ops.div(ops.square(ops.div(x, 10)), 3), 1)), -2), 0);
      const prior = ops.add(ops.add(tail(ops.sub(intercept, 8)), tail(sigma)), 2 * student + Math.log(2));
      return ops.add(ops.add(likelihood, ops.add(prior, sumLogSigma)), normals(ops, b, d, 1));
    },
  };
}

export function radon({ J, county_idx, floor_measure, log_radon }: Radon): PeerModel {
  const n = log_radon.length;
  const index = Int32Array.from(county_idx, (c) => c - 1);
  const oneHot = new Float32Array(n * J);
  for (const [i, county] of index.entries()) oneHot[i * J + county] = 1;
  const half = Math.log(2) - LOG_TWO_PI / 2;
  return {
    dimensions: J + 4,
    data: {
      index: { values: index, shape: [n] },
      oneHot: { values: oneHot, shape: [n, J] },
      floor: column(floor_measure),
      y: column(log_radon),
    },
    logJoint(ops, z, data) {
      const row = (i: number): typeof z => ops.rows(z, J + i, J + i + 1);
      const raw = ops.rows(z, 0, J);
      const [beta, muAlpha, logSigmaAlpha, logSigma] = [row(0), row(1), row(2), row(3)];
      const sigmaAlpha = ops.exp(logSigmaAlpha);
      const sigma = ops.exp(logSigma);
      const alpha = ops.add(muAlpha, ops.mul(sigmaAlpha, raw));
      const level = ops.add(
        ops.take(alpha, data.index!, () => data.oneHot!),
        ops.mul(data.floor!, beta),
      );
      const squares = ops.div(ops.sum(ops.square(ops.sub(data.y!, level)), 0), ops.sum(ops.square(sigma), 0));
      const sumLogSigma = ops.sum(logSigma, 0);
      const likelihood = ops.sub(ops.mul(ops.add(squares, n * LOG_TWO_PI), -0.5), ops.mul(sumLogSigma, n));
      const scale = (s: typeof z, logS: typeof z): typeof z =>
        ops.sum(ops.add(ops.add(ops.mul(ops.square(s), -0.5), logS), half), 0);
      const scales = ops.add(scale(sigmaAlpha, logSigmaAlpha), scale(sigma, logSigma));
      const locations = ops.add(normals(ops, beta, 1, 10), normals(ops, muAlpha, 1, 10));
      return ops.add(ops.add(likelihood, normals(ops, raw, J, 1)), ops.add(scales, locations));
    },
  };
}

export function mixture({ k, y }: Mixture): PeerModel {
  const n = y.length;
  return {
    dimensions: 3 * k,
    data: { y: { values: y, shape: [n, 1, 1] } },
    logJoint(ops, z, data) {
      const score = ops.rows(z, 0, k);
      const mu = ops.rows(z, k, 2 * k);
      const logSigma = ops.rows(z, 2 * k, 3 * k);
      const sigma = ops.exp(logSigma);
      const logWeight = ops.sub(score, ops.logSumExp(score, 0));
      // [n, k, draws]
      const standardised = ops.div(ops.sub(data.y!, mu), sigma);
      const constant = ops.sub(ops.sub(logWeight, logSigma), LOG_TWO_PI / 2);
      const terms = ops.add(ops.mul(ops.square(standardised), -0.5), constant);
      const likelihood = ops.sum(ops.logSumExp(terms, 1), 0);
      const half = k * (Math.log(2) - LOG_TWO_PI / 2 - Math.log(2));
      const scales = ops.add(ops.sum(ops.add(ops.mul(ops.square(sigma), -0.125), logSigma), 0), half);
      return ops.add(ops.add(likelihood, scales), ops.add(normals(ops, score, k, 1), normals(ops, mu, k, 20)));
    },
  };
}

/**
 * Neither jax-js 0.1.25 (its `lax` has no `scan`) nor TensorFlow.js has a differentiable recurrence that is compiled. The
 * recurrence is linear, so it is solved by doubling (Hillis and Steele 1986): h_t += φ^k h_{t−k} for k = 1, 2, 4, …,
 * eleven operations over whole matrices instead of 2,000 over rows.
 */
export function stochasticVolatility({ y }: StochasticVolatility): PeerModel {
  const t = y.length;
  return {
    dimensions: 4 + t,
    data: { y: column(y) },
    logJoint(ops, z, data) {
      const [mu, logit, logSigma] = [ops.rows(z, 0, 1), ops.rows(z, 1, 2), ops.rows(z, 2, 3)];
      const sigma = ops.exp(logSigma);
      const phi = ops.sub(ops.div(2, ops.add(ops.exp(ops.mul(logit, -1)), 1)), 1);
      const stationary = ops.exp(ops.mul(ops.log(ops.sub(1, ops.square(phi))), -0.5));
      const first = ops.mul(ops.rows(z, 3, 4), stationary);
      let h = ops.mul(sigma, ops.stack(first, ops.rows(z, 4, 4 + t)));
      let power = phi;
      for (let k = 1; k <= t; k *= 2) {
        const moved = ops.add(ops.rows(h, k, t + 1), ops.mul(power, ops.rows(h, 0, t + 1 - k)));
        h = ops.stack(ops.rows(h, 0, k), moved);
        power = ops.square(power);
      }
      const logVariance = ops.add(mu, ops.rows(h, 1, t + 1));
      const terms = ops.add(logVariance, ops.mul(ops.square(data.y!), ops.exp(ops.mul(logVariance, -1))));
      const likelihood = ops.mul(ops.add(ops.sum(terms, 0), t * LOG_TWO_PI), -0.5);
      // φ = 2 sigmoid(u) − 1, uniform on (−1, 1): log density and Jacobian are −softplus(−u) − softplus(u).
      const correlation = ops.sum(ops.sub(logit, ops.mul(ops.softplus(logit), 2)), 0);
      const scale = ops.sum(ops.sub(logSigma, ops.mul(ops.square(sigma), 0.5)), 0);
      const priors = ops.add(ops.add(correlation, scale), Math.log(2) - LOG_TWO_PI / 2);
      const normal = ops.add(normals(ops, mu, 1, 5), normals(ops, ops.rows(z, 3, 4 + t), 1 + t, 1));
      return ops.add(ops.add(likelihood, priors), normal);
    },
  };
}

export function gaussian({ d, A, b }: Gaussian): PeerModel {
  return {
    dimensions: d,
    data: { A: { values: A, shape: [d, d] }, b: column(b) },
    logJoint(ops, z, data) {
      const standardised = ops.matmul(data.A!, ops.sub(z, data.b!));
      return ops.add(ops.mul(ops.sum(ops.square(standardised), 0), -0.5), normals(ops, z, d, 10));
    },
  };
}
