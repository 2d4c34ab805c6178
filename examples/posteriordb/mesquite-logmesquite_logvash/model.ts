import { flat, model, normal, real } from "elbow-gpu";

interface Data {
  readonly weight: readonly number[];
  readonly diam1: readonly number[];
  readonly diam2: readonly number[];
  readonly canopy_height: readonly number[];
  readonly total_height: readonly number[];
  readonly group: readonly number[];
}

export default model("mesquite-logmesquite_logvash", ({ plate, sample, observe }, data: Data) => {
  const rows = data.weight.map((_, i) => {
    const [d1, d2, canopy] = [data.diam1[i]!, data.diam2[i]!, data.canopy_height[i]!];
    const shape = [Math.log(d1 * d2 * canopy), Math.log(d1 * d2), Math.log(d1 / d2)];
    return [1, ...shape, Math.log(data.total_height[i]!), data.group[i]!];
  });
  const n = plate("n", rows.length);
  const predictor = plate("predictor", rows[0]!.length);
  const beta = sample("beta", flat(), [predictor]);
  const sigma = sample("sigma", flat({ lower: 0 }));
  const mean = real(rows, [n, predictor]).mul(beta).sum(predictor);
  observe("y", normal(mean, sigma), real(data.weight.map(Math.log), [n]));
});
