import {
  at,
  constrained,
  eq,
  flat,
  iota,
  lastOf,
  log,
  logSumExp,
  model,
  normal,
  real,
  rename,
  scanAll,
  select,
  slice,
} from "elbow-gpu";

interface Data {
  readonly y: readonly number[];
}

export default model("hmm_example-hmm_example", ({ plate, sample, factor }, data: Data) => {
  const time = plate("time", data.y.length);
  const later = plate("later", data.y.length - 1);
  const state = plate("state", 2);
  const from = state.prime();
  const theta1 = sample("theta1", flat({ kind: "simplex", axis: state }));
  const theta2 = sample("theta2", flat({ kind: "simplex", axis: state }));
  const prior = normal(real([3, 10], [state]), 1);
  const mu = sample("mu", constrained(prior, { kind: "positiveOrdered", axis: state }));
  const emission = normal(mu, 1).logProb(real(data.y, [time]));
  const transition = log(select(eq(iota(from), 0), theta1, theta2));
  const rest = slice(emission, time, later, 1);
  // The forward variables less their log sum, which is carried along: float32 then keeps the digits that matter.
  const first = at(emission, time, 0);
  const start = logSumExp(first, [state]);
  const [, total] = scanAll(later, [first.sub(start), start], ([previous, sum]) => {
    const next = logSumExp(rename(previous!, state, from).add(transition), [from]).add(rest);
    const norm = logSumExp(next, [state]);
    return [next.sub(norm), sum!.add(norm)];
  });
  factor("y", lastOf(total!, later));
});
