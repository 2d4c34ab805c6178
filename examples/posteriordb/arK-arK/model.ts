import { halfCauchy, model, normal, real } from "elbow-gpu";

interface Data {
  /** Lags. */
  readonly K: number;
  readonly y: readonly number[];
}

export default model("arK-arK", ({ plate, sample, observe }, data: Data) => {
  const later = data.y.slice(data.K);
  const time = plate("time", later.length);
  const lag = plate("lag", data.K);
  const lagged = later.map((_, t) => Array.from({ length: data.K }, (_, k) => data.y[t + data.K - 1 - k]!));
  const alpha = sample("alpha", normal(0, 10));
  const beta = sample("beta", normal(0, 10), [lag]);
  const sigma = sample("sigma", halfCauchy(0, 2.5));
  const mean = real(lagged, [time, lag]).mul(beta).sum(lag).add(alpha);
  observe("y", normal(mean, sigma), real(later, [time]));
});
