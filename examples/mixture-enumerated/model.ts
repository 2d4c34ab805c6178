import { categorical, model, normal, real } from "elbow-gpu";

interface Data {
  readonly y: readonly number[];
  readonly weights: readonly number[];
  readonly sds: readonly number[];
  /** The components' means where they are known; else they are inferred. */
  readonly means?: readonly number[];
  /** Whether the assignments are summed out of the model; else q has probabilities of their own for them. */
  readonly enumerate: boolean;
}

export default model("mixture, enumerated", ({ plate, sample, observe }, data: Data) => {
  const component = plate("component", data.weights.length);
  const observation = plate("observation", data.y.length);
  const mu = data.means ? real(data.means, [component]) : sample("mu", normal(0, 3), [component]);
  const z = sample("z", categorical(component, { probs: real(data.weights, [component]) }), [observation], {
    enumerate: data.enumerate,
  });
  observe("y", normal(mu.at(z), real(data.sds, [component]).at(z)), real(data.y, [observation]));
});
