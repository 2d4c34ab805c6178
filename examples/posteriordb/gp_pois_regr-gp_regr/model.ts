import {
  castF32,
  cholesky,
  eq,
  exp,
  gamma,
  halfNormal,
  iota,
  model,
  multivariateNormal,
  real,
  rename,
  square,
  sub,
} from "elbow-gpu";

interface Data {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

export default model("gp_pois_regr-gp_regr", ({ plate, sample, observe }, data: Data) => {
  const point = plate("point", data.x.length);
  const other = point.prime();
  const rho = sample("rho", gamma(25, 4));
  const alpha = sample("alpha", halfNormal(2));
  const sigma = sample("sigma", halfNormal(1));
  const x = real(data.x, [point]);
  const distance = sub(x, rename(x, point, other)).div(rho);
  const same = castF32(eq(iota(point), iota(other)));
  const covariance = exp(square(distance).mul(-0.5)).mul(square(alpha)).add(same.mul(sigma));
  const scaleTril = cholesky(covariance, point, other);
  observe("y", multivariateNormal(0, { scaleTril, row: point, column: other }), real(data.y, [point]));
});
