/** Kullback–Leibler divergences in closed form. */
import { Axis } from "../graph/axis.ts";
import {
  abs,
  besselRatio,
  constant,
  cos,
  digamma,
  exp,
  lgamma,
  logBesselI0,
  logBeta,
  mul,
  reciprocal,
  square,
  sub,
  sum,
  triangularSolve,
} from "../graph/ops.ts";
import { diagonal, rename } from "../graph/reindex.ts";
import type { Value } from "../graph/value.ts";
import { EULER_GAMMA } from "./constants.ts";
import { logMultivariateBeta } from "./dirichlet.ts";
import { constantOf, type Distribution } from "./distribution.ts";
import { DISCRETE_RULES } from "./klDiscrete.ts";
import { logOf } from "./logarithms.ts";
import { lowerTriangle } from "./multivariateNormal.ts";
import { logMultivariateGamma, multivariateDigamma } from "./wishart.ts";

type Parameters = Readonly<Record<string, Value>>;
/** KL(q ‖ p) for two members of a family. */
export type Rule = (q: Distribution, p: Distribution) => Value | null;

/**
 * KL(q ‖ p) = E_q[log q − log p] per variate (event axes are summed, plates are not), or null where no closed form is
 * known here. The formulas are those of Gil, Alajaji & Linder (2013), "Rényi divergence measures for commonly used
 * univariate continuous distributions", Information Sciences 249, unless a rule says otherwise.
 */
export function klDivergence(q: Distribution, p: Distribution): Value | null {
  if (q.unnormalised || p.unnormalised) return null;
  return q.name === p.name ? (RULES[q.name]?.(q, p) ?? null) : null;
}

/** log(s_p/s_q) + ½((s_q/s_p)² + ((m_q − m_p)/s_p)² − 1). */
function normalKl(q: Parameters, p: Parameters): Value {
  const inverse = reciprocal(p.scale!);
  const spread = square(mul(q.scale!, inverse));
  const shifted = q.loc === undefined ? spread : spread.add(square(mul(sub(q.loc, p.loc!), inverse)));
  return logOf(p.scale!).sub(logOf(q.scale!)).add(shifted.sub(1).mul(0.5));
}

/** (a_q − a_p)ψ(a_q) − log Γ(a_q) + log Γ(a_p) + a_p(log b_q − log b_p) + a_q(b_p/b_q − 1). */
function gammaKl(q: Parameters, p: Parameters, rate: "rate" | "scale"): Value {
  const [aq, ap, bq, bp] = [q.concentration!, p.concentration!, q[rate]!, p[rate]!];
  return sub(aq, ap)
    .mul(digamma(aq))
    .sub(lgamma(aq).sub(lgamma(ap)))
    .add(ap.mul(logOf(bq).sub(logOf(bp))))
    .add(aq.mul(bp.div(bq).sub(1)));
}

/** log B(p) − log B(q) + (a_q − a_p)ψ(a_q) + (b_q − b_p)ψ(b_q) + (a_p − a_q + b_p − b_q)ψ(a_q + b_q). */
function betaKl(q: Parameters, p: Parameters): Value {
  const [aq, bq, ap, bp] = [q.concentration1!, q.concentration0!, p.concentration1!, p.concentration0!];
  const da = aq.sub(ap);
  const db = bq.sub(bp);
  return logBeta(ap, bp)
    .sub(logBeta(aq, bq))
    .add(da.mul(digamma(aq)))
    .add(db.mul(digamma(bq)))
    .sub(da.add(db).mul(digamma(aq.add(bq))));
}

/** log B(α_p) − log B(α_q) + Σ_k (α_qk − α_pk)(ψ(α_qk) − ψ(Σ α_q)). */
function dirichletKl(q: Distribution, p: Distribution): Value | null {
  const axis = q.eventAxes[0]!;
  if (p.eventAxes[0] !== axis) return null;
  const [aq, ap] = [q.parameters.concentration!, p.parameters.concentration!];
  return logMultivariateBeta(ap, axis)
    .sub(logMultivariateBeta(aq, axis))
    .add(sum(aq.sub(ap).mul(digamma(aq).sub(digamma(sum(aq, [axis])))), [axis]));
}

/** log(b_p/b_q) + |d|/b_p + (b_q/b_p) exp(−|d|/b_q) − 1, d = m_q − m_p. */
function laplaceKl(q: Parameters, p: Parameters): Value {
  const distance = abs(sub(q.loc!, p.loc!));
  const inverse = reciprocal(p.scale!);
  return logOf(p.scale!)
    .sub(logOf(q.scale!))
    .add(distance.mul(inverse))
    .add(q.scale!.mul(inverse).mul(exp(distance.div(q.scale!).neg())))
    .sub(1);
}

/** log(((s_q + s_p)² + (m_q − m_p)²)/(4 s_q s_p)): Chyzak & Nielsen (2019), arXiv:1905.10965. */
function cauchyKl(q: Parameters, p: Parameters): Value {
  const spread = square(q.scale!.add(p.scale!));
  const numerator = q.loc === undefined ? spread : spread.add(square(sub(q.loc, p.loc!)));
  return logOf(numerator).sub(logOf(q.scale!)).sub(logOf(p.scale!)).sub(Math.log(4));
}

/** r_p/r_q − 1 − log(r_p/r_q). */
function exponentialKl(q: Parameters, p: Parameters): Value {
  return p
    .rate!.div(q.rate!)
    .sub(1)
    .add(logOf(q.rate!).sub(logOf(p.rate!)));
}

/** Of gammas of the shapes given, with equal rates: what a gammaKl is for families of one parameter. */
const chiSquaredKl = (q: Parameters, p: Parameters): Value =>
  gammaKl(halfDegrees(q, constant(1)), halfDegrees(p, constant(1)), "rate");

const halfDegrees = (given: Parameters, rate: Value): Parameters => ({ concentration: given.df!.mul(0.5), rate });

/** Of inverse gammas with the scales df·scale²/2. */
const scaledInverseChiSquaredKl = (q: Parameters, p: Parameters): Value => {
  const [fromQ, fromP] = [q, p].map((given) => halfDegrees(given, given.df!.mul(square(given.scale!)).mul(0.5)));
  return gammaKl(fromQ!, fromP!, "rate");
};

const betaOfProportion = ({ mean, concentration }: Parameters): Parameters => ({
  concentration1: mean!.mul(concentration!),
  concentration0: sub(1, mean!).mul(concentration!),
});

/**
 * log(k_q/k_p) + k_p d + (k_p/k_q − 1)γ + e^(−k_p d) Γ(1 + k_p/k_q) − 1 with d = log s_p − log s_q, of Weibulls of shapes k
 * and scales s: Bauckhage (2013), arXiv:1310.3713. `sign` −1 is for their reciprocals, Fréchet's.
 */
function weibullKl(q: Parameters, p: Parameters, sign: 1 | -1): Value {
  const [kq, kp] = [q.concentration!, p.concentration!];
  const ratio = kp.div(kq);
  const shift = kp.mul(logOf(p.scale!).sub(logOf(q.scale!)).mul(sign));
  return logOf(kq)
    .sub(logOf(kp))
    .add(shift)
    .add(ratio.sub(1).mul(EULER_GAMMA))
    .add(exp(lgamma(ratio.add(1)).sub(shift)))
    .sub(1);
}

/** A Gumbel variate is the logarithm of a Fréchet one, of shape 1/scale and scale exp(loc). */
function gumbelKl(q: Parameters, p: Parameters): Value {
  const ratio = q.scale!.div(p.scale!);
  const shift = sub(q.loc!, p.loc!).div(p.scale!);
  return logOf(p.scale!)
    .sub(logOf(q.scale!))
    .add(shift)
    .add(ratio.sub(1).mul(EULER_GAMMA))
    .add(exp(lgamma(ratio.add(1)).sub(shift)))
    .sub(1);
}

/** 2 log(s_p/s_q) + (s_q/s_p)² − 1. */
const rayleighKl = (q: Parameters, p: Parameters): Value =>
  logOf(p.scale!)
    .sub(logOf(q.scale!))
    .mul(2)
    .add(square(q.scale!.div(p.scale!)))
    .sub(1);

/** log(a_q/a_p) + a_p log(m_q/m_p) + a_p/a_q − 1, infinite where q reaches below p; for constant minima. */
function paretoKl(q: Parameters, p: Parameters): Value | null {
  const [mq, mp] = [constantOf(q.minimum!), constantOf(p.minimum!)];
  if (mq === undefined || mp === undefined) return null;
  if (mq < mp) return constant(Number.POSITIVE_INFINITY);
  const [aq, ap] = [q.concentration!, p.concentration!];
  return logOf(aq)
    .sub(logOf(ap))
    .add(ap.mul(Math.log(mq / mp)))
    .add(ap.div(aq).sub(1));
}

/** log I₀(κ_p) − log I₀(κ_q) + A(κ_q)(κ_q − κ_p cos(m_q − m_p)), A = I₁/I₀: Mardia & Jupp, *Directional Statistics*. */
const vonMisesKl = (q: Parameters, p: Parameters): Value =>
  logBesselI0(p.concentration!)
    .sub(logBesselI0(q.concentration!))
    .add(besselRatio(q.concentration!).mul(q.concentration!.sub(p.concentration!.mul(cos(sub(q.loc!, p.loc!))))));

/** log(w_p/w_q) where q's interval lies in p's, infinite elsewhere; for constant bounds, so that it is known which. */
function uniformKl(q: Parameters, p: Parameters): Value | null {
  const bounds = [q.low!, q.high!, p.low!, p.high!].map(constantOf);
  if (bounds.includes(undefined)) return null;
  const [a, b, low, high] = bounds as [number, number, number, number];
  return constant(a < low || b > high ? Number.POSITIVE_INFINITY : Math.log((high - low) / (b - a)));
}

/**
 * ½(‖L_p⁻¹L_q‖² + ‖L_p⁻¹(m_q − m_p)‖² − D) + Σ log L_p,ii − Σ log L_q,ii: Duchi (2007), "Derivations for linear
 * algebra and optimization", §9.
 */
function multivariateNormalKl(q: Distribution, p: Distribution): Value | null {
  const row = q.eventAxes[0]!;
  const [Lq, Lp] = [q.parameters.scaleTril, p.parameters.scaleTril];
  if (Lq === undefined || Lp === undefined || p.eventAxes[0] !== row) return null;
  const column = Lq.axes.find((axis) => axis === row.prime());
  if (column === undefined || !Lp.hasAxis(column)) return null;
  const other = new Axis(`${column.name}′`, column.size);
  const ratio = triangularSolve(Lp, rename(lowerTriangle(Lq, row, column), column, other), row, column);
  const spread = sum(square(ratio), [row, other]);
  // The entropies hold the log determinants and equal constants.
  const determinants = sub(p.entropy!(), q.entropy!());
  const difference = sub(q.parameters.loc!, p.parameters.loc!);
  const along = difference.hasAxis(row) ? difference : difference.add(ratio.mul(0).sum(other));
  const shift = sum(square(triangularSolve(Lp, along, row, column)), [row]);
  return spread.add(shift).sub(row.size).mul(0.5).add(determinants);
}

/**
 * ½(ν_p log det V_p/V_q + ν_q (tr V_p⁻¹V_q − D)) + log Γ_D(ν_p/2) − log Γ_D(ν_q/2) + ½(ν_q − ν_p) ψ_D(ν_q/2): W. Penny
 * (2001), "Kullback–Leibler divergences of normal, gamma, Dirichlet and Wishart densities". Inverting the matrix, or taking
 * its factor, changes nothing but that the scale is inverted too.
 */
function wishartKl(q: Distribution, p: Distribution, inverse: boolean): Value | null {
  const [row, column] = q.eventAxes as [Axis, Axis];
  if (p.eventAxes[0] !== row || p.eventAxes[1] !== column) return null;
  const size = row.size;
  const [nuQ, nuP] = [q.parameters.df!, p.parameters.df!];
  const [Lq, Lp] = [q, p].map((w) => lowerTriangle(w.parameters.scaleTril!, row, column)) as [Value, Value];
  const other = new Axis(`${column.name}′`, size);
  const [outer, inner] = inverse ? [Lq, Lp] : [Lp, Lq];
  const trace = sum(square(triangularSolve(outer, rename(inner, column, other), row, column)), [row, other]);
  const ratio = sum(logOf(diagonal(outer, row, column)).sub(logOf(diagonal(inner, row, column))), [row]).mul(2);
  const half = nuQ.mul(0.5);
  return nuP
    .mul(ratio)
    .add(nuQ.mul(trace.sub(size)))
    .add(sub(nuQ, nuP).mul(multivariateDigamma(half, size)))
    .mul(0.5)
    .add(logMultivariateGamma(nuP.mul(0.5), size))
    .sub(logMultivariateGamma(half, size));
}

const RULES: Readonly<Record<string, Rule>> = {
  ...DISCRETE_RULES,
  normal: (q, p) => normalKl(q.parameters, p.parameters),
  halfNormal: (q, p) => normalKl(q.parameters, p.parameters),
  logNormal: (q, p) => normalKl(q.parameters, p.parameters),
  gamma: (q, p) => gammaKl(q.parameters, p.parameters, "rate"),
  inverseGamma: (q, p) => gammaKl(q.parameters, p.parameters, "scale"),
  exponential: (q, p) => exponentialKl(q.parameters, p.parameters),
  beta: (q, p) => betaKl(q.parameters, p.parameters),
  dirichlet: dirichletKl,
  laplace: (q, p) => laplaceKl(q.parameters, p.parameters),
  cauchy: (q, p) => cauchyKl(q.parameters, p.parameters),
  halfCauchy: (q, p) => cauchyKl(q.parameters, p.parameters),
  chiSquared: (q, p) => chiSquaredKl(q.parameters, p.parameters),
  inverseChiSquared: (q, p) => chiSquaredKl(q.parameters, p.parameters),
  scaledInverseChiSquared: (q, p) => scaledInverseChiSquaredKl(q.parameters, p.parameters),
  betaProportion: (q, p) => betaKl(betaOfProportion(q.parameters), betaOfProportion(p.parameters)),
  weibull: (q, p) => weibullKl(q.parameters, p.parameters, 1),
  frechet: (q, p) => weibullKl(q.parameters, p.parameters, -1),
  gumbel: (q, p) => gumbelKl(q.parameters, p.parameters),
  rayleigh: (q, p) => rayleighKl(q.parameters, p.parameters),
  pareto: (q, p) => paretoKl(q.parameters, p.parameters),
  vonMises: (q, p) => vonMisesKl(q.parameters, p.parameters),
  uniform: (q, p) => uniformKl(q.parameters, p.parameters),
  multivariateNormal: multivariateNormalKl,
  wishart: (q, p) => wishartKl(q, p, false),
  wishartCholesky: (q, p) => wishartKl(q, p, false),
  inverseWishart: (q, p) => wishartKl(q, p, true),
  inverseWishartCholesky: (q, p) => wishartKl(q, p, true),
};
