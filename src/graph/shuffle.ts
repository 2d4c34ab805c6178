/** Positions in a random order, each computed from its own place alone: a keyed permutation of 0 … size − 1. */
import { Axis } from "./axis.ts";
import { GraphError } from "./errors.ts";
import { add, castI32, iota, lt, max, mod, mul, type RandomSource, random, select, sub } from "./ops.ts";
import { at } from "./reindex.ts";
import type { Value } from "./value.ts";

const ROUNDS = 16;
/** The two largest primes whose squares are 32-bit integers. */
const PRIMES = [46_337, 46_327] as const;
/** Random integers a round needs: a point of reflection, two multipliers and an offset of its hash. */
const KEYS = 4;
/** Larger sizes would overflow 32-bit sums of two positions. */
export const MOST_SHUFFLED = 2 ** 30;

/**
 * The first entries of a permutation of 0 … size − 1 along `axis`: distinct, and afresh for every (seed, step) of the
 * source. Each position alone is uniform, but for the 2⁻³¹ size of 31-bit keys.
 *
 * The permutation is the swap-or-not shuffle (V. T. Hoang, B. Morris & P. Rogaway, *An enciphering scheme based on a card
 * shuffle*, CRYPTO 2012, fig. 1), a bijection of any size whatever its round functions: round r reflects x to K_r − x or
 * leaves it, by a bit of a hash of the larger of the two. Hashes are linear modulo primes, with keys from Threefry. A last
 * rotation by a uniform makes every position exactly as uniform as its key.
 *
 * Throws a GraphError where there are fewer positions than entries of `axis`.
 */
export function shuffledIndices(axis: Axis, size: number, source: RandomSource, stream: number): Value {
  if (axis.size > size || size > MOST_SHUFFLED) {
    throw new GraphError(`shuffledIndices: ${axis.size} distinct positions of ${size} (at most ${MOST_SHUFFLED})`);
  }
  const round = new Axis("round", ROUNDS + 1);
  const key = new Axis("key", KEYS);
  const word = new Axis("word", 2);
  const words = castI32(sub(mul(random("uniform", stream, [round, key, word], source), 2 ** 23), 0.5));
  // 23 bits of one word and 8 of the other: an integer below 2³¹.
  const keys = add(mul(at(words, word, 0), 256), mod(at(words, word, 1), 256));
  const keyOf = (r: number, k: number, below: number): Value => mod(at(at(keys, round, r), key, k), below);
  let x = iota(axis);
  for (let r = 0; r < ROUNDS; r++) {
    const reflected = mod(sub(add(keyOf(r, 0, size), size), x), size);
    x = select(hashBit(max(x, reflected), r, keyOf), reflected, x);
  }
  return mod(add(x, keyOf(ROUNDS, 0, size)), size);
}

function hashBit(x: Value, r: number, keyOf: (r: number, k: number, below: number) => Value): Value {
  const [p, q] = PRIMES;
  const product = (k: number, prime: number): Value => mod(mul(add(keyOf(r, k, prime - 1), 1), mod(x, prime)), prime);
  return lt(mod(add(add(product(1, p), product(2, q)), keyOf(r, 3, p)), p), (p - 1) / 2);
}
