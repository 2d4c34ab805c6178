import { beta, categorical, halfNormal, model, normal, real, select } from "elbow-gpu";

interface Data {
  /** Lengths of eruptions in minutes. */
  readonly eruptions: readonly number[];
}

export default model("Old Faithful", ({ plate, sample, observe }, data: Data) => {
  const kind = plate("kind", 2);
  const eruption = plate("eruption", data.eruptions.length);
  const mu = sample("mu", normal(real([2, 4.5], [kind]), 1), [kind]);
  const sigma = sample("sigma", halfNormal(1), [kind]);
  const long = sample("long", beta(2, 2));
  const probs = select(real([0, 1], [kind]).gt(0), long, long.neg().add(1));
  const z = sample("z", categorical(kind, { probs }), [eruption], { enumerate: true });
  observe("eruptions", normal(mu.at(z), sigma.at(z)), real(data.eruptions, [eruption]));
});
