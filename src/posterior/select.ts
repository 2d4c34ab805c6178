/** Order statistics without sorting everything. */

/** Below so many numbers sorting is as quick. */
const FEW = 24;

/**
 * Rearranges `values` so that at each of the ascending `ranks` stands what would stand there were they sorted, nothing
 * greater before it and nothing smaller after (C. A. R. Hoare, *Find*, Communications of the ACM 1961). Not for NaN.
 */
export function selectRanks(values: Float64Array, ranks: readonly number[]): void {
  within(values, 0, values.length - 1, ranks);
}

function within(values: Float64Array, first: number, last: number, ranks: readonly number[]): void {
  let low = first;
  let wanted = ranks;
  while (wanted.length > 0 && last - low >= FEW) {
    const [left, right] = partition(values, low, last);
    const before = wanted.filter((rank) => rank <= right);
    if (before.length > 0) within(values, low, right, before);
    // Between the two all are equal to the pivot.
    wanted = wanted.filter((rank) => rank >= left);
    low = left;
  }
  if (wanted.length > 0) values.subarray(low, last + 1).sort();
}

/** Hoare's partition about the median of three: [low … right] ≤ pivot ≤ [left … high], right < left. */
function partition(values: Float64Array, low: number, high: number): [number, number] {
  const [a, b, c] = [values[low]!, values[(low + high) >> 1]!, values[high]!];
  const pivot = Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
  let i = low;
  let j = high;
  while (i <= j) {
    while (values[i]! < pivot) i++;
    while (values[j]! > pivot) j--;
    if (i <= j) {
      const swapped = values[i]!;
      values[i++] = values[j]!;
      values[j--] = swapped;
    }
  }
  return [i, j];
}
