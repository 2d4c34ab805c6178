/** Random numbers: a thread takes two neighbouring elements, which are the two words of one Threefry. */
import { isDrawAxis } from "../../graph/axis.ts";
import { GraphError } from "../../graph/errors.ts";
import type { Value } from "../../graph/value.ts";
import type { Member } from "../levels.ts";
import type { StageContext } from "./group.ts";
import { storeElement, storeLanes } from "./memory.ts";

const drawsOf = (value: Value): number => value.axes.find(isDrawAxis)?.size ?? 1;

/** Threads' worth of work: pairs of elements, times draws or groups of four. */
export const randomItems = (value: Value, lanes: boolean): number =>
  Math.ceil(value.size / drawsOf(value) / 2) * (lanes ? drawsOf(value) / 4 : drawsOf(value));

/**
 * Writes the two elements of item `item`: the words of Threefry-2x32 at the counter (draw + drawOffset, pair of
 * elements), under the key folded from (seed, stream, step, 0).
 */
export function emitRandom({ emitter, needs, root, lanes, targets }: StageContext, member: Member, item: string): void {
  const { value } = member;
  const { op } = value;
  if (op.kind !== "random") throw new GraphError("random: not a random number");
  const nothing = new Map();
  const [seed, step, drawOffset] = value.inputs.map((x) => emitter.emit(x, nothing, root).text);
  const wide = lanes !== undefined;
  const suffix = wide ? "4" : "";
  const fromBits = op.distribution === "normal" ? "normalFromBits" : "uniformFromBits";
  for (const leaf of ["threefry2x32", `threefryWords${suffix}`, fromBits]) needs.leaves.add(leaf);
  const [key, draw, pair, words] = ["key", "i", "pair", "words"].map((name) => emitter.fresh(name));
  const draws = wide ? drawsOf(value) / 4 : drawsOf(value);
  const first = wide
    ? `vec4<u32>(u32(4 * ${draw}) + ${drawOffset}) + vec4<u32>(0u, 1u, 2u, 3u)`
    : `u32(${draw}) + ${drawOffset}`;
  const spread = (text: string): string => (wide ? `vec4<u32>(${text})` : text);
  const counter = [spread(`${key}.x`), spread(`${key}.y`), first, spread(`u32(${pair})`)].join(", ");
  emitter.root.lines.push(`let ${key} = threefry2x32(vec2<u32>(${seed}, ${op.stream}u), vec2<u32>(${step}, 0u));`);
  root.lines.push(
    `let ${draw} = ${item} % ${draws};`,
    `let ${pair} = ${item} / ${draws};`,
    `let ${words} = threefryWords${suffix}(${counter});`,
  );
  const place = targets.targetOf(member);
  const elements = value.size / drawsOf(value);
  const [bits, element, numbers] = ["bits", "e", "v"].map((name) => emitter.fresh(name));
  const four = ["x", "y", "z", "w"].map((lane) => `${fromBits}(${bits}.${lane})`);
  const index = `${element} * ${draws} + ${draw}`;
  // A loop over the two words, not twice the text: drivers inline every call.
  root.lines.push(
    `var ${bits} = ${words}.x;`,
    `var ${element} = 2 * ${pair};`,
    "loop {",
    `  let ${numbers} = ${wide ? `vec4<f32>(${four.join(", ")})` : `${fromBits}(${bits})`};`,
    `  ${wide ? storeLanes(place, index, numbers!, "f32") : storeElement(place, index, numbers!, "f32")}`,
    `  continuing { ${bits} = ${words}.y; ${element}++; break if ${element} > ${lastOf(elements, pair!)}; }`,
    "}",
  );
}

const lastOf = (elements: number, pair: string): string =>
  elements % 2 === 0 ? `2 * ${pair} + 1` : `min(2 * ${pair} + 1, ${elements - 1})`;
