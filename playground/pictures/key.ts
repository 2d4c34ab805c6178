/** What the colours mean, inside the picture, so that it is saved with it. */
import type * as Plot from "@observablehq/plot";

/** Pixels of a letter and of a line, at Plot's own size. */
const LETTER = 6;
const LINE = 14;
const GAP = 16;

export interface Key {
  readonly marks: Plot.Markish[];
  readonly marginTop: number;
}

/** Names in their colours, in as many lines as they need, above a frame of this width. */
export function keyOf(
  { text }: typeof Plot,
  entries: readonly (readonly [name: string, colour: string])[],
  width: number,
): Key {
  let [x, line] = [0, 0];
  const places = entries.map(([name, colour]) => {
    const length = (name.length + 2) * LETTER + GAP;
    if (x > 0 && x + length > width - 60) [x, line] = [0, line + 1];
    const place = { name, colour, x, line };
    x += length;
    return place;
  });
  const marginTop = 24 + LINE * line + LINE;
  const marks = places.map(({ name, colour, x, line }) =>
    text([`● ${name}`], {
      frameAnchor: "top-left",
      textAnchor: "start",
      dx: x,
      dy: LINE * line - marginTop + 10,
      fill: colour,
    }),
  );
  return { marks, marginTop };
}
