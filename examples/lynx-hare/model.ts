import { constrained, lastOf, log, logNormal, math, model, normal, real, scanAll, type Value } from "elbow-gpu";

interface Data {
  /** Pelts traded in the first year, in thousands. */
  readonly first: { readonly hares: number; readonly lynxes: number };
  /** In the years after it. */
  readonly hares: readonly number[];
  readonly lynxes: readonly number[];
}

/** Steps of the classical Runge–Kutta method in a year. */
const STEPS = 8;

type Populations = readonly [Value, Value];

export default model("lynx-hare", ({ plate, sample, observe, deterministic }, data: Data) => {
  const year = plate("year", data.hares.length);
  const step = plate("step", STEPS);
  const [alpha, gamma] = ["alpha", "gamma"].map((name) => sample(name, positive(normal(1, 0.5))));
  const [beta, delta] = ["beta", "delta"].map((name) => sample(name, positive(normal(0.05, 0.05))));
  const start = ["hares_start", "lynxes_start"].map((name) => sample(name, logNormal(Math.log(10), 1)));
  const [sigmaHares, sigmaLynxes] = ["sigma_hares", "sigma_lynxes"].map((name) => sample(name, logNormal(-1, 1)));

  const change = ([hares, lynxes]: Populations): Populations => [
    math`(${alpha!} - ${beta!} * ${lynxes}) * ${hares}`,
    math`(${delta!} * ${hares} - ${gamma!}) * ${lynxes}`,
  ];
  const aYear = (before: readonly Value[]): Value[] =>
    scanAll(step, before, ([h, l]) => rungeKutta(change, [h!, l!], 1 / STEPS)).map((path) => lastOf(path, step));
  const [hares, lynxes] = scanAll(year, start, aYear);
  deterministic("hares_expected", hares!);
  deterministic("lynxes_expected", lynxes!);

  observe("hares_first", logNormal(log(start[0]!), sigmaHares!), data.first.hares);
  observe("lynxes_first", logNormal(log(start[1]!), sigmaLynxes!), data.first.lynxes);
  observe("hares", logNormal(log(hares!), sigmaHares!), real(data.hares, [year]));
  observe("lynxes", logNormal(log(lynxes!), sigmaLynxes!), real(data.lynxes, [year]));
});

const positive = (prior: ReturnType<typeof normal>) => constrained(prior, { kind: "positive" });

/** One step of length h of the classical Runge–Kutta method. */
function rungeKutta(change: (at: Populations) => Populations, [u, v]: Populations, h: number): Populations {
  const moved = ([a, b]: Populations, by: number): Populations => [u.add(a.mul(by)), v.add(b.mul(by))];
  const k1 = change([u, v]);
  const k2 = change(moved(k1, h / 2));
  const k3 = change(moved(k2, h / 2));
  const k4 = change(moved(k3, h));
  const mean = (i: 0 | 1): Value => math`(${k1[i]} + 2 * ${k2[i]} + 2 * ${k3[i]} + ${k4[i]}) / 6`;
  return moved([mean(0), mean(1)], h);
}
