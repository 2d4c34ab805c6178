import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { decode, digitAt, drawDigit, encode, firstOf, SIDE } from "../pictures/digits.ts";
import type { LearnedPictureProps } from "./learnedPicture.tsx";

/** Digits along either side of the plane. */
const TILES = 9;
/** Corners of the triangle in the plane, from 0 to 1 across and up. */
const CORNERS = [
  [0.06, 0.08],
  [0.94, 0.08],
  [0.5, 0.94],
] as const;
const START = [1, 7, 0] as const;
const SMALLEST = 0.01;

type Point = readonly [across: number, up: number];
type Weights = readonly [number, number, number];

/** Shares of the corners, which sum to one; negative beyond an edge. */
function weightsAt([u, v]: Point): Weights {
  const [[x1, y1], [x2, y2], [x3, y3]] = CORNERS;
  const area = (y2 - y3) * (x1 - x3) + (x3 - x2) * (y1 - y3);
  const first = ((y2 - y3) * (u - x3) + (x3 - x2) * (v - y3)) / area;
  const second = ((y3 - y1) * (u - x3) + (x1 - x3) * (v - y3)) / area;
  return [first, second, 1 - first - second];
}

/** The plane through the latents of three digits: a point in it is dragged, and the decoder draws what is there. */
export function LatentPlane({ learned, data }: LearnedPictureProps) {
  const [labels, setLabels] = useState<readonly number[]>(START);
  const [point, setPoint] = useState<Point>([0.5, 0.4]);
  const means = useMemo(
    () => labels.map((label) => encode(learned, digitAt(data, firstOf(data, label)))),
    [learned, data, labels],
  );
  const inkAt = (at: Point) => {
    const weights = weightsAt(at);
    return decode(
      learned,
      means[0]!.map((_, i) => weights.reduce((sum, weight, k) => sum + weight * means[k]![i]!, 0)),
    );
  };
  const plane = useRef<HTMLCanvasElement>(null);
  const digit = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = plane.current!.getContext("2d")!;
    for (let row = 0; row < TILES; row++) {
      for (let column = 0; column < TILES; column++) {
        const at: Point = [(column + 0.5) / TILES, 1 - (row + 0.5) / TILES];
        drawDigit(context, inkAt(at), column * SIDE, row * SIDE);
      }
    }
  }, [means]);
  useEffect(() => drawDigit(digit.current!.getContext("2d")!, inkAt(point)), [means, point]);

  const follow = (event: PointerEvent & { readonly currentTarget: HTMLElement }) => {
    const { left, top, width, height } = event.currentTarget.getBoundingClientRect();
    const within = (x: number) => Math.min(1, Math.max(0, x));
    setPoint([within((event.clientX - left) / width), within(1 - (event.clientY - top) / height)]);
  };
  const shares = weightsAt(point)
    .map((weight, k) => `${String(Math.round(100 * weight)).replace("-", "−")}% of the ${labels[k]}`)
    .join(", ");
  return (
    <figure class="latent">
      <figcaption>
        Every point of this plane is 50 numbers, a mixture of what q says of three digits kept back. Drag the point, or
        move the sliders: the decoder draws the digit.
      </figcaption>
      <div class="row">
        {labels.map((label, k) => (
          <label key={CORNERS[k]![0]}>
            {["Left", "Right", "Top"][k]}
            <select
              value={label}
              onChange={(event) =>
                setLabels(labels.map((old, i) => (i === k ? Number(event.currentTarget.value) : old)))
              }
            >
              {Array.from({ length: 10 }, (_, value) => (
                <option key={value}>{value}</option>
              ))}
            </select>
          </label>
        ))}
      </div>
      <div class="row">
        <div
          class="plane"
          onPointerDown={(event) => {
            event.currentTarget.setPointerCapture(event.pointerId);
            follow(event);
          }}
          onPointerMove={(event) => {
            if (event.currentTarget.hasPointerCapture(event.pointerId)) follow(event);
          }}
        >
          <canvas
            ref={plane}
            class="digits"
            width={TILES * SIDE}
            height={TILES * SIDE}
            role="img"
            aria-label={`Digits decoded on a grid of the plane, from a ${labels[0]} at the left and a ${labels[1]} at the right to a ${labels[2]} at the top`}
          />
          {CORNERS.map(([across, up], k) => (
            <span key={across} class="corner" aria-hidden="true" style={placeOf([across, up])}>
              {labels[k]}
            </span>
          ))}
          <span class="point" aria-hidden="true" style={placeOf(point)} />
        </div>
        <div class="decoding">
          <canvas
            ref={digit}
            class="digits decoded"
            width={SIDE}
            height={SIDE}
            role="img"
            aria-label={`The digit that the decoder draws: ${shares}`}
          />
          <p class="fine" role="status">
            {shares}
          </p>
          {(["Across", "Up"] as const).map((name, axis) => (
            <label class="slide" key={name}>
              {name}
              <input
                type="range"
                name={name}
                min={0}
                max={1}
                step={SMALLEST}
                value={point[axis]}
                onInput={(event) => {
                  const value = event.currentTarget.valueAsNumber;
                  setPoint(axis === 0 ? [value, point[1]] : [point[0], value]);
                }}
              />
            </label>
          ))}
        </div>
      </div>
    </figure>
  );
}

const placeOf = ([across, up]: Point) => ({ left: `${100 * across}%`, top: `${100 * (1 - up)}%` });
