import { flat, math, model, normal, real, scan, sqrt, square, sub } from "elbow-gpu";

interface Data {
  readonly y: readonly number[];
  /** The scale of the first observation. */
  readonly sigma1: number;
}

export default model("garch-garch11", ({ plate, sample, observe }, data: Data) => {
  const time = plate("time", data.y.length - 1);
  const before = real(data.y.slice(0, -1), [time]);
  const mu = sample("mu", flat());
  const alpha0 = sample("alpha0", flat({ lower: 0 }));
  const alpha1 = sample("alpha1", flat({ lower: 0, upper: 1 }));
  const beta1 = sample("beta1", flat({ lower: 0, upper: sub(1, alpha1) }));
  const shock = math`${alpha0} + ${alpha1} * ${square(before.sub(mu))}`;
  const variance = scan(time, data.sigma1 ** 2, (previous) => shock.add(beta1.mul(previous)));
  observe("y_first", normal(mu, data.sigma1), data.y[0]!);
  observe("y", normal(mu, sqrt(variance)), real(data.y.slice(1), [time]));
});
