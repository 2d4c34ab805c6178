import type { HostRandom } from "../distribution.ts";

/**
 * A von Mises variate on [−π, π]. Best & Fisher (1979), "Efficient simulation of the von Mises distribution", Applied
 * Statistics 28: rejection from a wrapped Cauchy; for tiny concentrations the angle is uniform.
 */
export function sampleVonMises(loc: number, concentration: number, random: HostRandom): number {
  const around = (angle: number): number => {
    const turned = loc + angle;
    return turned - 2 * Math.PI * Math.round(turned / (2 * Math.PI));
  };
  if (concentration < 1e-6) return around(Math.PI * (2 * random.uniform() - 1));
  const tau = 1 + Math.sqrt(1 + 4 * concentration * concentration);
  const rho = (tau - Math.sqrt(2 * tau)) / (2 * concentration);
  // (1 + ρ²)/(2ρ), which tends to 1 + 1/(2κ) where ρ tends to 1.
  const r = concentration > 1e7 ? 1 + 0.5 / concentration : (1 + rho * rho) / (2 * rho);
  for (;;) {
    const z = Math.cos(Math.PI * random.uniform());
    const f = (1 + r * z) / (r + z);
    const c = concentration * (r - f);
    const u = random.uniform();
    if (c * (2 - c) > u || Math.log(c / u) + 1 >= c) {
      return around(Math.sign(random.uniform() - 0.5) * Math.acos(Math.max(-1, Math.min(1, f))));
    }
  }
}
