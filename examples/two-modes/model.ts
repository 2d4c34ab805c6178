import { model, normal, real } from "elbow-gpu";

interface Data {
  readonly y: readonly number[];
}

export default model("two modes", ({ plate, sample, observe }, data: Data) => {
  const reading = plate("reading", data.y.length);
  const z = sample("z", normal(1, 1.5));
  observe("y", normal(z.mul(z), 3), real(data.y, [reading]));
});
