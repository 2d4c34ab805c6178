/** The elements of short axes, each index a number. */
import type { Axis } from "../../graph/axis.ts";
import type { Binding, Bindings } from "./emitter.ts";
import type { Frame } from "./frame.ts";

/** Every place along `axes`, as constants beside the indices of `from`, in canonical order. */
export function placesAlong(axes: readonly Axis[], root: Frame, from: Bindings = new Map()): Bindings[] {
  let places: Bindings[] = [from];
  for (const axis of axes) {
    const along = Array.from(
      { length: axis.size },
      (_, constant): Binding => ({ text: `${constant}`, frame: root, lanes: false, constant }),
    );
    places = places.flatMap((place) => along.map((binding) => new Map(place).set(axis, binding)));
  }
  return places;
}
