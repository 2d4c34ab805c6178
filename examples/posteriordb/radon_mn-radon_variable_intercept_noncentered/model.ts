import { halfNormal, index, math, model, normal, real } from "elbow-gpu";

interface Data {
  readonly J: number;
  /** From 1. */
  readonly county_idx: readonly number[];
  readonly floor_measure: readonly number[];
  readonly log_radon: readonly number[];
}

export default model(
  "radon_mn-radon_variable_intercept_noncentered",
  ({ plate, sample, deterministic, observe }, data: Data) => {
    const house = plate("house", data.log_radon.length);
    const county = plate("county", data.J);
    const countyOf = index(data.county_idx, [house], county, { base: 1 });
    const alphaRaw = sample("alpha_raw", normal(0, 1), [county]);
    const beta = sample("beta", normal(0, 10));
    const muAlpha = sample("mu_alpha", normal(0, 10));
    const sigmaAlpha = sample("sigma_alpha", halfNormal(1));
    const sigmaY = sample("sigma_y", halfNormal(1));
    const alpha = deterministic("alpha", math`${muAlpha} + ${sigmaAlpha} * ${alphaRaw}`);
    const level = math`${alpha.at(countyOf)} + ${beta} * ${real(data.floor_measure, [house])}`;
    observe("log_radon", normal(level, sigmaY), real(data.log_radon, [house]));
  },
);
