/** A log density seen as batches of points, and coroutines that ask for them, so that several share one batch. */

export interface Evaluation {
  readonly logJoint: number;
  readonly gradient: Float64Array;
}

/** Evaluates any number of points; non-finite answers are allowed and are the caller's to judge. */
export type BatchDensity = (points: readonly Float64Array[]) => Promise<Evaluation[]>;

/** Yields the points it wants, is resumed with their evaluations in the same order. */
export type Search<Result> = Generator<Float64Array[], Result, Evaluation[]>;

/** Runs searches side by side: the requests of one turn are evaluated as one batch. */
export async function runSearches<Result>(
  searches: readonly Search<Result>[],
  density: BatchDensity,
  onTurn?: (points: number) => void,
): Promise<Result[]> {
  const results = new Array<Result>(searches.length);
  let pending = searches.map((search, index) => ({ search, index, turn: search.next() }));
  for (;;) {
    for (const { index, turn } of pending) if (turn.done) results[index] = turn.value;
    pending = pending.filter(({ turn }) => !turn.done);
    if (pending.length === 0) return results;
    const points: Float64Array[] = pending.flatMap(({ turn }) => turn.value as Float64Array[]);
    const evaluations = await density(points);
    onTurn?.(points.length);
    let from = 0;
    pending = pending.map(({ search, index, turn }) => {
      const count = (turn.value as Float64Array[]).length;
      const answers = evaluations.slice(from, from + count);
      from += count;
      return { search, index, turn: search.next(answers) };
    });
  }
}
