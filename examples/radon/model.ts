import { halfNormal, index, math, model, normal, real } from "elbow-gpu";

interface Data {
  /** Number of counties. */
  readonly J: number;
  /** The county of each house, from 1. */
  readonly county_idx: readonly number[];
  /** 1 if measured on the first floor, 0 in the basement. */
  readonly floor_measure: readonly number[];
  readonly log_radon: readonly number[];
}

export default model("radon", ({ plate, sample, deterministic, observe }, data: Data) => {
  const house = plate("house", data.log_radon.length);
  const county = plate("county", data.J);
  const countyOf = index(data.county_idx, [house], county, { base: 1 });
  const floor = real(data.floor_measure, [house]);

  const alphaRaw = sample("alpha_raw", normal(0, 1), [county]);
  const beta = sample("beta", normal(0, 10));
  const muAlpha = sample("mu_alpha", normal(0, 10));
  const sigmaAlpha = sample("sigma_alpha", halfNormal(1));
  const sigmaY = sample("sigma_y", halfNormal(1));
  const alpha = deterministic("alpha", math`${muAlpha} + ${sigmaAlpha} * ${alphaRaw}`);

  const level = math`${alpha.at(countyOf)} + ${beta} * ${floor}`;
  observe("log_radon", normal(level, sigmaY), real(data.log_radon, [house]));
});
