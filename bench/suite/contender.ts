/** Something that takes optimisation steps and can be timed. */
export interface Contender {
  readonly name: string;
  /** From the model and its data to a program that can run: tracing, planning, compiling. */
  readonly compileSeconds: number;
  /** Until the result of the first step was in hand, compilation included. */
  readonly firstSeconds: number;
  /** The ELBO of the first step, or NaN where a contender has none to tell. */
  readonly firstElbo: number;
  /** Takes `n` steps and waits until they are done. Returns the ELBO of the last. */
  steps(n: number): Promise<number>;
  dispose(): void;
}

/** One contender's timing in a row. */
export interface Timing {
  readonly name: string;
  readonly secondsPerStep: number;
  /** Half the distance between the quartiles, as a share of the median. */
  readonly spread: number;
  readonly repetitions: number;
  readonly stepsPerRepetition: number;
  readonly compileSeconds: number;
  readonly firstSeconds: number;
  readonly samples: readonly number[];
  /** Ours, where the contender was timed beside another run of it than the row's. */
  readonly oursSecondsPerStep?: number;
}

export interface TimingOptions {
  readonly repetitions: number;
  /** A repetition should last about so long. */
  readonly targetSeconds: number;
  /** Contenders but the first whose steps are slower than this get three repetitions. */
  readonly slowSeconds: number;
  /** Those slower than this get none: the warm-up is all that is timed. */
  readonly hopelessSeconds: number;
  readonly onProgress: (text: string) => void;
}

const seconds = (): number => performance.now() / 1000;

/**
 * Times contenders in turn, A B C A B C …, so that whatever else the machine does meets all of them alike. The number of
 * steps of a repetition is found first, by doubling, which warms up as well.
 */
export async function timeInterleaved(contenders: readonly Contender[], options: TimingOptions): Promise<Timing[]> {
  const counts: number[] = [];
  const samples = contenders.map((): number[] => []);
  const most: number[] = [];
  for (const [i, contender] of contenders.entries()) {
    options.onProgress(`${contender.name}: warming up`);
    const { count, secondsPerStep } = await calibrate(contender, options.targetSeconds);
    counts.push(count);
    const hopeless = i > 0 && secondsPerStep > options.hopelessSeconds;
    if (hopeless) samples[i]!.push(secondsPerStep);
    most.push(hopeless ? 0 : i > 0 && secondsPerStep > options.slowSeconds ? 3 : options.repetitions);
  }
  for (let repetition = 0; repetition < options.repetitions; repetition++) {
    for (const [i, contender] of contenders.entries()) {
      if (repetition >= most[i]!) continue;
      options.onProgress(`${contender.name}: ${repetition + 1} of ${options.repetitions}`);
      const started = seconds();
      await contender.steps(counts[i]!);
      samples[i]!.push((seconds() - started) / counts[i]!);
    }
  }
  return contenders.map((contender, i) => ({
    name: contender.name,
    secondsPerStep: median(samples[i]!),
    spread: spread(samples[i]!),
    repetitions: samples[i]!.length,
    stepsPerRepetition: counts[i]!,
    compileSeconds: contender.compileSeconds,
    firstSeconds: contender.firstSeconds,
    samples: samples[i]!,
  }));
}

async function calibrate(
  contender: Contender,
  target: number,
): Promise<{ readonly count: number; readonly secondsPerStep: number }> {
  const timed = async (n: number): Promise<number> => {
    const started = seconds();
    await contender.steps(n);
    return seconds() - started;
  };
  for (let n = 1; ; ) {
    let taken = await timed(n);
    // Once more where it seems long enough, slow steps apart: a hiccup must not leave a repetition too short.
    if (taken >= target && taken < 1) taken = Math.min(taken, await timed(n));
    if (taken >= target || n >= 1 << 20) return { count: n, secondsPerStep: taken / n };
    // At most 8 times as many at once: the first runs are slower than the rest.
    n = Math.min(1 << 20, Math.max(n + 1, Math.min(8 * n, Math.ceil((1.1 * n * target) / Math.max(taken, 1e-6)))));
  }
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);
export const spread = (values: readonly number[]): number =>
  (quantile(values, 0.75) - quantile(values, 0.25)) / 2 / median(values);

export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = q * (sorted.length - 1);
  const low = sorted[Math.floor(at)]!;
  return low + (at - Math.floor(at)) * (sorted[Math.ceil(at)]! - low);
}
