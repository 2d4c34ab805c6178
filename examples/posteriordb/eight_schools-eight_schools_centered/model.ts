import { halfCauchy, model, normal, real } from "elbow-gpu";

interface Data {
  readonly y: readonly number[];
  readonly sigma: readonly number[];
}

export default model("eight_schools-eight_schools_centered", ({ plate, sample, observe }, data: Data) => {
  const school = plate("school", data.y.length);
  const mu = sample("mu", normal(0, 5));
  const tau = sample("tau", halfCauchy(0, 5));
  const theta = sample("theta", normal(mu, tau), [school]);
  observe("y", normal(theta, real(data.sigma, [school])), real(data.y, [school]));
});
