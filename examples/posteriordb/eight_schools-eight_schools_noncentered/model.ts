import { halfCauchy, math, model, normal, real } from "elbow-gpu";

interface Data {
  readonly y: readonly number[];
  readonly sigma: readonly number[];
}

export default model(
  "eight_schools-eight_schools_noncentered",
  ({ plate, sample, deterministic, observe }, data: Data) => {
    const school = plate("school", data.y.length);
    const thetaTrans = sample("theta_trans", normal(0, 1), [school]);
    const mu = sample("mu", normal(0, 5));
    const tau = sample("tau", halfCauchy(0, 5));
    const theta = deterministic("theta", math`${mu} + ${tau} * ${thetaTrans}`);
    observe("y", normal(theta, real(data.sigma, [school])), real(data.y, [school]));
  },
);
