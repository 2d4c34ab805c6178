/** Index expressions as WGSL. */
import type { Axis } from "../../graph/axis.ts";
import { evaluateIndex, type IndexExpression } from "../../graph/indexmap.ts";
import type { Binding } from "./emitter.ts";

type BindingOf = (axis: Axis) => Binding;

/** The index as a number, where all that it is made of is known. */
export function constantIndex(index: IndexExpression, bindingOf: BindingOf): number | undefined {
  const known = index.terms.every(({ axis }) => bindingOf(axis).constant !== undefined);
  return known ? evaluateIndex(index, (axis) => bindingOf(axis).constant!) : undefined;
}

export function indexText({ terms, offset, divisor, modulus }: IndexExpression, bindingOf: BindingOf): string {
  const parts = terms.map(({ axis, coefficient }) => {
    const { text } = bindingOf(axis);
    return coefficient === 1 ? text : `${text} * ${coefficient < 0 ? `(${coefficient})` : coefficient}`;
  });
  if (offset !== 0 || parts.length === 0) parts.push(offset < 0 ? `(${offset})` : `${offset}`);
  let text = parts.join(" + ");
  if (divisor !== 1) text = `(${text}) / ${divisor}`;
  if (modulus !== 0) text = `(${text}) % ${modulus}`;
  return text;
}

/** An index along which lanes run, in vec4s; `carriesLanes` has checked that it comes out whole. */
export function laneIndexText({ terms, offset, modulus }: IndexExpression, bindingOf: BindingOf): string {
  const parts = terms.map(({ axis, coefficient }) => {
    const { text, lanes } = bindingOf(axis);
    return lanes ? text : `${text} * ${coefficient / 4}`;
  });
  if (offset !== 0) parts.push(`${offset / 4}`);
  const sum = parts.join(" + ");
  return modulus === 0 ? sum : `(${sum}) % ${modulus / 4}`;
}

/** 0 ≤ index < size as WGSL, or whether it holds where that is known. */
export function guardText(index: IndexExpression, size: number, bindingOf: BindingOf): string | boolean {
  const at = constantIndex(index, bindingOf);
  if (at !== undefined) return at >= 0 && at < size;
  const text = indexText({ ...index, divisor: 1, modulus: 0 }, bindingOf);
  if (index.modulus !== 0) {
    const quotient = index.divisor === 1 ? text : `(${text}) / ${index.divisor}`;
    return size === 1
      ? `(${quotient}) % ${index.modulus} == 0`
      : `((${text}) >= 0) & ((${quotient}) % ${index.modulus} < ${size})`;
  }
  let lowest = index.offset;
  let highest = index.offset;
  for (const { axis, coefficient } of index.terms) {
    const reach = coefficient * (axis.size - 1);
    if (reach > 0) highest += reach;
    else lowest += reach;
  }
  if (size === 1 && index.divisor === 1) return (lowest === 0 && highest === 0) || `(${text}) == 0`;
  const tests: string[] = [];
  if (lowest < 0) tests.push(`(${text}) >= 0`);
  if (highest >= size * index.divisor) tests.push(`(${text}) < ${size * index.divisor}`);
  return tests.length === 0 || tests.map((test) => `(${test})`).join(" & ");
}
