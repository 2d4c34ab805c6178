import {
  at,
  contract,
  expm1,
  halfNormal,
  integer,
  lkjCholesky,
  log,
  logistic,
  logSigmoid,
  model,
  neg,
  normal,
  real,
  rename,
  select,
} from "elbow-gpu";

interface Data {
  /** By dog and trial: 1 shocked, 0 avoided. The first trial is a shock for all. */
  readonly y: readonly (readonly number[])[];
}

/** For every trial but the first, how many of those before it were `outcome`. */
const before = (rows: Data["y"], outcome: number): number[][] =>
  rows.map((row) => row.slice(1).map((_, t) => row.slice(0, t + 1).filter((y) => y === outcome).length));

export default model("dogs-dogs_nonhierarchical", ({ plate, sample, deterministic, factor }, data: Data) => {
  const effect = plate("effect", 2);
  const other = effect.prime();
  const dog = plate("dog", data.y.length);
  const trial = plate("trial", data.y[0]!.length - 1);
  const mu = sample("mu_logit_ab", logistic(0, 1), [effect]);
  const sigma = sample("sigma_logit_ab", halfNormal(1), [effect]);
  const L = sample("L_logit_ab", lkjCholesky(effect, other, 2));
  const z = sample("z", normal(0, 1), [effect, dog]);

  const deviation = contract(z.mul(sigma), L, effect);
  const logits = deterministic("logit_ab", mu.add(rename(deviation, other, effect)), [dog, effect]);
  const inner = other.prime();
  const left = rename(L, other, inner);
  deterministic("Omega_logit_ab", contract(left, rename(left, effect, other), inner), [effect, other]);

  const [shocks, avoidances] = [1, 0].map((outcome) => real(before(data.y, outcome), [dog, trial]));
  const logA = logSigmoid(at(logits, effect, 0));
  const logB = logSigmoid(at(logits, effect, 1));
  const logP = shocks!.mul(logA).add(avoidances!.mul(logB));
  const y = integer(
    data.y.map((row) => row.slice(1)),
    [dog, trial],
  );
  factor("y", select(y.gt(0), logP, log(neg(expm1(logP)))));
});
