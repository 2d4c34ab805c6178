/** What Stan's own variational methods reach on the same posteriors, for comparison. */

/** |mean − reference| / sd as max and rms over parameters, and rms log2 of sd / reference sd. */
export interface StanResult {
  readonly maxMeanError: number;
  readonly rmsMeanError: number;
  readonly rmsLog2Sd: number;
  readonly seconds: number;
  /** How many of 5 runs said "converged", reached the limit of iterations, failed. */
  readonly status?: string;
}

export interface StanRow {
  readonly meanField: StanResult;
  readonly fullRank: StanResult;
  readonly pathfinder: StanResult;
}

export const STAN_SOURCE =
  "Stan 2.35 ADVI and Pathfinder (4 paths), CmdStan defaults, g++ -O3 -march=native, one core, medians over 5 seeds";

const row = (
  seconds: number,
  maxMeanError: number,
  rmsMeanError: number,
  rmsLog2Sd: number,
  status?: string,
): StanResult => ({ seconds, maxMeanError, rmsMeanError, rmsLog2Sd, ...(status === undefined ? {} : { status }) });

export const STAN: Readonly<Record<string, StanRow>> = {
  "eight-schools": {
    meanField: row(0.007, 0.25, 0.14, 0.17, "5 converged"),
    fullRank: row(0.01, 0.87, 0.53, 0.2, "5 converged"),
    pathfinder: row(0.005, 0.89, 0.55, 0.33),
  },
  "eight-schools-centered": {
    meanField: row(0.006, 0.99, 0.7, 0.41, "5 converged"),
    fullRank: row(0.007, 1.3, 0.94, 1.8, "5 converged"),
    pathfinder: row(0.11, 1.3, 0.99, 3.0),
  },
  "kidscore-momiq": {
    meanField: row(0.03, 1.5, 1.0, 1.8, "4 converged, 1 failed"),
    fullRank: row(0.02, 4.2, 3.4, 1.4, "4 converged, 1 at the limit"),
    pathfinder: row(0.008, 0.04, 0.04, 0.04),
  },
  wells: {
    meanField: row(0.17, 0.28, 0.2, 0.75, "5 converged"),
    fullRank: row(0.19, 0.25, 0.18, 0.41, "5 converged"),
    pathfinder: row(0.14, 0.03, 0.02, 0.04),
  },
};
