import { bernoulli, flat, integer, model, real } from "elbow-gpu";

interface Data {
  readonly switched: readonly number[];
  readonly dist: readonly number[];
}

export default model("wells_data-wells_dist", ({ plate, sample, observe }, data: Data) => {
  const household = plate("household", data.switched.length);
  const rows = data.dist.map((dist) => [1, dist]);
  const predictor = plate("predictor", 2);
  const beta = sample("beta", flat(), [predictor]);
  const logits = real(rows, [household, predictor]).mul(beta).sum(predictor);
  observe("switched", bernoulli({ logits }), integer(data.switched, [household]));
});
