import type { HostRandom } from "../distribution.ts";

/** Where the two proposals meet, and the share of the right one: Polson, Scott & Windle (2013), §4. */
const MEETING = 0.64;
const RIGHT_SHARE = 0.5776972;

const exponential = (random: HostRandom): number => -Math.log(random.uniform());

/** The n-th term of the alternating series for the density at x, in the form that converges fast there. */
function term(n: number, x: number): number {
  const h = n + 0.5;
  return x > MEETING
    ? Math.PI * h * Math.exp((-h * h * Math.PI * Math.PI * x) / 2)
    : Math.PI * h * (2 / (Math.PI * x)) ** 1.5 * Math.exp((-2 * h * h) / x);
}

function proposal(random: HostRandom): number {
  if (random.uniform() < RIGHT_SHARE) return MEETING + (8 / (Math.PI * Math.PI)) * exponential(random);
  for (;;) {
    const e = exponential(random);
    if (e * e <= (2 * exponential(random)) / MEETING) return MEETING / (1 + MEETING * e) ** 2;
  }
}

/**
 * When a standard Brownian motion from 0 leaves [−1, 1], exactly: rejection by the partial sums of an alternating series.
 * Devroye (2009), "On exact simulation algorithms for some distributions related to Jacobi theta functions", Statistics
 * & Probability Letters 79.
 */
function exitTime(random: HostRandom): number {
  for (;;) {
    const x = proposal(random);
    let sum = term(0, x);
    const level = random.uniform() * sum;
    for (let n = 1; ; n++) {
      sum += n % 2 === 1 ? -term(n, x) : term(n, x);
      if (n % 2 === 1 && level <= sum) return x;
      if (n % 2 === 0 && level > sum) break;
    }
  }
}

/**
 * When a Brownian motion of unit variance and this drift, begun at `start`, reaches `separation`, given that it does so
 * before 0. Exact: the walk goes from the middle of one interval to its edge until the edge is a boundary.
 */
export function samplePassage(separation: number, start: number, drift: number, random: HostRandom): number {
  // Paths to the upper boundary have the same law under drift and −drift; the one that gets there more often is taken.
  const speed = Math.abs(drift);
  for (;;) {
    let position = start;
    let time = 0;
    while (position > 0 && position < separation) {
      const nearest = Math.min(position, separation - position);
      const radius = Math.min(nearest, 1 / speed);
      let unit = exitTime(random);
      // The drift tilts the time by exp(−drift² t/2), and the edge independently of it.
      while (random.uniform() > Math.exp(-0.5 * (speed * radius) ** 2 * unit)) unit = exitTime(random);
      time += radius * radius * unit;
      const up = random.uniform() * (1 + Math.exp(-2 * speed * radius)) < 1;
      if (radius === nearest && up === position > separation / 2) position = up ? separation : 0;
      else position += up ? radius : -radius;
    }
    if (position >= separation) return time;
  }
}
