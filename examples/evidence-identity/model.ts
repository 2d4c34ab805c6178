import { model, normal, real } from "elbow-gpu";

interface Data {
  readonly y: readonly number[];
}

export default model("evidence identity", ({ plate, sample, observe }, data: Data) => {
  const observation = plate("observation", data.y.length);
  const mu = sample("mu", normal(0.5, 2));
  observe("y", normal(mu, 1.5), real(data.y, [observation]));
});
