/**
 * Pareto k̂ for a reader. The thresholds are those of A. Vehtari, D. Simpson, A. Gelman, Y. Yao & J. Gabry, *Pareto
 * smoothed importance sampling*, JMLR 2024.
 */
export function khatInWords(khat: number): string {
  if (!Number.isFinite(khat)) return "∞: nothing can be said of how far q is from the posterior";
  const value = khat.toFixed(2);
  if (khat < 0.5) return `${value}: good. q is close to the posterior`;
  if (khat < 0.7) return `${value}: fair. q is near enough that weights can tell how near (the limit is 0.7)`;
  if (khat < 1) return `${value}: too large, the limit is 0.7. q lacks mass where the posterior has it`;
  return `${value}: far too large, the limit is 0.7. q is a poor stand-in for the posterior`;
}
