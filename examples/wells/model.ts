import { bernoulli, flat, integer, math, model, real } from "elbow-gpu";

interface Data {
  /** 1 if the household switched to another well. */
  readonly switched: readonly number[];
  /** Metres to the nearest safe well. */
  readonly dist: readonly number[];
}

export default model("wells", ({ plate, sample, observe }, data: Data) => {
  const household = plate("household", data.switched.length);
  const alpha = sample("alpha", flat());
  const beta = sample("beta", flat());
  const logits = math`${alpha} + ${beta} * ${real(data.dist, [household])}`;
  observe("switched", bernoulli({ logits }), integer(data.switched, [household]));
});
