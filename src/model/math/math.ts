import { asValue, Value } from "../../graph/value.ts";
import { ModelError } from "../errors.ts";
import { parse } from "./parser.ts";
import { tokenize } from "./tokens.ts";

/**
 * Infix formulas of values: math`${mu} + ${tau} * exp(-${eta}^2 / 2)`.
 *
 * Operators + − * / ^ and unary −, parentheses, numbers, `pi`, and functions by name (exp, log, sqrt, sigmoid, lgamma,
 * min, max …). Axes broadcast as everywhere. Throws a MathSyntaxError that shows the formula and the place.
 */
export function math(strings: TemplateStringsArray, ...values: (Value | number)[]): Value {
  values.forEach((value, i) => {
    if (value instanceof Value || typeof value === "number") return;
    const what =
      value === undefined
        ? "undefined"
        : Array.isArray(value)
          ? "an array: bind it to plates first, real(array, [plate])"
          : "neither a value nor a number";
    throw new ModelError("wrong-argument", null, `math: \${${i + 1}} is ${what}`);
  });
  return asValue(parse(tokenize(strings, values)));
}
