import { categorical, model, mul, real, sum } from "elbow-gpu";

interface Data {
  /** Features of the whole image, for the policy. */
  readonly image: readonly number[];
  /** Features of what is seen at each location. */
  readonly glimpses: readonly (readonly number[])[];
  readonly W: readonly (readonly number[])[];
  readonly V: readonly (readonly number[])[];
  /** The class, from 0. */
  readonly y: number;
}

export default model("hard attention", ({ plate, sample, observe }, data: Data) => {
  const label = plate("label", data.V.length);
  const location = plate("location", data.glimpses.length);
  const feature = plate("feature", data.image.length);
  const detail = plate("detail", data.glimpses[0]?.length ?? 0);
  const policy = sum(mul(real(data.W, [location, feature]), real(data.image, [feature])), [feature]);
  const scores = sum(mul(real(data.V, [label, detail]), real(data.glimpses, [location, detail])), [detail]);
  const l = sample("l", categorical(location, { logits: policy }));
  observe("y", categorical(label, { logits: scores.at(l) }), real(data.y));
});
