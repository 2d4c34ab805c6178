/** The inverse of an index: for each group its rows, in order. */

export interface Csr {
  /** starts[g] … starts[g + 1] are the positions of group g in `rows`; length groups + 1. */
  readonly starts: Uint32Array<ArrayBuffer>;
  readonly rows: Uint32Array<ArrayBuffer>;
}

/** Counting sort; indices outside 0 … groups − 1 are left out, as nothing gathers from them. */
export function invertIndex(index: ArrayLike<number>, groups: number): Csr {
  const starts = new Uint32Array(groups + 1);
  for (let row = 0; row < index.length; row++) {
    const group = index[row]!;
    if (group >= 0 && group < groups) starts[group + 1]! += 1;
  }
  for (let group = 0; group < groups; group++) starts[group + 1]! += starts[group]!;
  const next = starts.slice(0, groups);
  const rows = new Uint32Array(index.length);
  for (let row = 0; row < index.length; row++) {
    const group = index[row]!;
    if (group >= 0 && group < groups) rows[next[group]!++] = row;
  }
  return { starts, rows };
}
