import { useMemo, useState } from "preact/hooks";
import {
  CANVAS,
  type Canvas,
  canvasesOf,
  classesOf,
  cornerOf,
  GLIMPSE,
  largestOf,
  PLACES,
  policyOf,
} from "../pictures/glimpses.ts";
import type { LearnedPictureProps } from "./learnedPicture.tsx";

/** Canvases shown at once. */
const SHOWN = 10;
/** Radius of a dot of probability one, in cells. */
const LARGEST_DOT = 4.5;

const percent = (x: number): string => `${Math.round(100 * x)}%`;
const placeName = (place: number): string =>
  `row ${Math.floor(place / PLACES) + 1}, column ${(place % PLACES) + 1} of ${PLACES} × ${PLACES}`;

/** Digits on larger canvases: where the policy looks, and what the classifier says of that glimpse. */
export function Glimpses({ learned, data }: LearnedPictureProps) {
  const canvases = useMemo(() => canvasesOf(data), [data]);
  const [first, setFirst] = useState(0);
  const [open, setOpen] = useState(0);
  const [asked, setAsked] = useState<number | null>(null);
  const shown = useMemo(
    () =>
      Array.from({ length: SHOWN }, (_, k) => {
        const canvas = canvases.at((first + k * STEP) % canvases.count);
        const policy = policyOf(learned, canvas);
        const place = largestOf(policy);
        return { canvas, policy, place, seen: largestOf(classesOf(learned, canvas, place)) };
      }),
    [canvases, learned, first],
  );
  const { canvas, policy, place: liked } = shown[open]!;
  const place = asked ?? liked;
  const classes = classesOf(learned, canvas, place);
  const seen = largestOf(classes);
  const select = (k: number): void => {
    setOpen(k);
    setAsked(null);
  };
  const right = shown.filter((one) => one.seen === one.canvas.label).length;
  return (
    <figure class="glimpses">
      <figcaption>
        Canvases kept back. A dot is a place, its area the policy's probability; the square is the one glimpse that it
        likes best, and all that the classifier sees. {right} of these {SHOWN} are read rightly.
      </figcaption>
      <div class="tiles">
        {shown.map((one, k) => (
          <button
            type="button"
            key={k}
            class="tile"
            aria-pressed={k === open}
            aria-label={`Canvas with a ${one.canvas.label}, read as ${one.seen}`}
            onClick={() => select(k)}
          >
            <Drawing canvas={one.canvas} policy={one.policy} place={one.place} />
            <span>
              {one.canvas.label} read as {one.seen} {one.seen === one.canvas.label ? "✓" : "✗"}
            </span>
          </button>
        ))}
      </div>
      <p class="row">
        <button
          type="button"
          onClick={() => {
            setFirst((first + SHOWN * STEP) % canvases.count);
            select(0);
          }}
        >
          Other canvases
        </button>
      </p>
      <div class="row">
        <div class="opened">
          <Drawing canvas={canvas} policy={policy} place={place} onPlace={setAsked} />
        </div>
        <div class="opened">
          <p class="fine" role="status">
            A {canvas.label}. {asked === null ? "The policy looks" : "You look"} at {placeName(place)}, to which the
            policy gives {percent(policy[place]!)}: it reads {seen}, with {percent(classes[seen]!)}.
          </p>
          {(["Down", "Across"] as const).map((name, axis) => {
            const at = [Math.floor(place / PLACES), place % PLACES];
            return (
              <label class="slide" key={name}>
                {name}
                <input
                  type="range"
                  name={name}
                  min={1}
                  max={PLACES}
                  value={at[axis]! + 1}
                  onInput={(event) => {
                    at[axis] = event.currentTarget.valueAsNumber - 1;
                    setAsked(at[0]! * PLACES + at[1]!);
                  }}
                />
              </label>
            );
          })}
          <ol class="classes" start={0} aria-label="Probabilities of the digits, from this glimpse">
            {Array.from(classes, (probability, digit) => (
              <li key={digit}>
                <span aria-hidden="true">{digit}</span>
                <span class="bar" style={{ width: `${100 * probability}%` }} />
                <span class="hidden">{`${digit}: ${percent(probability)}`}</span>
              </li>
            ))}
          </ol>
        </div>
      </div>
      <p class="fine">
        The policy sees no more than how much ink is in each of 7 × 7 blocks. What came with this page was learned by
        enumeration, each weight rounded to a byte; the page computes these pictures itself, and what is learned here
        takes its place. The training takes minutes where WebGPU runs on the CPU.
      </p>
    </figure>
  );
}

/** Every digit is on four canvases, one after the other. */
const STEP = 4;

interface DrawingProps {
  readonly canvas: Canvas;
  readonly policy: Float64Array;
  readonly place: number;
  onPlace?(place: number): void;
}

function Drawing({ canvas, policy, place, onPlace }: DrawingProps) {
  const ink = Array.from(canvas.ink, (x, cell) =>
    x === 1 ? `M${cell % CANVAS} ${Math.floor(cell / CANVAS)}h1v1h-1z` : "",
  ).join("");
  const [row, column] = cornerOf(place);
  const choose = (event: MouseEvent & { readonly currentTarget: SVGSVGElement }): void => {
    const { left, top, width, height } = event.currentTarget.getBoundingClientRect();
    const cell = (share: number): number => {
      const at = Math.round((CANVAS * share - GLIMPSE / 2) / ((CANVAS - GLIMPSE) / (PLACES - 1)));
      return Math.min(PLACES - 1, Math.max(0, at));
    };
    onPlace?.(cell((event.clientY - top) / height) * PLACES + cell((event.clientX - left) / width));
  };
  return (
    <svg viewBox={`0 0 ${CANVAS} ${CANVAS}`} aria-hidden="true" {...(onPlace && { onClick: choose })}>
      {Array.from(policy, (probability, at) => {
        const [top, left] = cornerOf(at);
        const radius = LARGEST_DOT * Math.sqrt(probability);
        return radius < 0.1 ? null : (
          <circle key={at} class="dot" cx={left + GLIMPSE / 2} cy={top + GLIMPSE / 2} r={radius} />
        );
      })}
      <path class="ink" d={ink} />
      <rect class="glimpse" x={column} y={row} width={GLIMPSE} height={GLIMPSE} />
    </svg>
  );
}
