import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Engine } from "../engine.ts";
import { modesPlot } from "../pictures/twoModes.ts";
import type { Modes, TwoModes } from "../worker/protocol.ts";
import { Picture } from "./picture.tsx";
import { Scroll } from "./scroll.tsx";

const START: Modes = { distance: 5, spread: 0.7, share: 0.4 };
/** A slider rests for so long before the fits are made again. */
const PAUSE = 60;

const SLIDERS = [
  ["distance", "Distance of the modes", 0, 8, 0.1],
  ["spread", "Width of the right one", 0.3, 2, 0.05],
  ["share", "Share of the right one", 0.05, 0.95, 0.01],
] as const;

/** What the two divergences make of a posterior that no Gaussian fits. */
export function TwoModesPage({ engine }: { readonly engine: Engine }) {
  const [modes, setModes] = useState(START);
  const [shown, setShown] = useState<{ readonly modes: Modes; readonly found: TwoModes } | null>(null);
  const [error, setError] = useState<string | null>(null);
  const wanted = useRef(modes);
  const busy = useRef(false);
  wanted.current = modes;
  useEffect(() => {
    // One fit at a time; what was moved meanwhile is fitted after it.
    const follow = async (): Promise<void> => {
      if (busy.current) return;
      busy.current = true;
      try {
        for (let done: Modes | null = null; done !== wanted.current; ) {
          done = wanted.current;
          setShown({ modes: done, found: await engine.twoModes(done) });
        }
      } catch (caught) {
        setError((caught as Error).message);
      } finally {
        busy.current = false;
      }
    };
    const timer = setTimeout(follow, PAUSE);
    return () => clearTimeout(timer);
  }, [engine, modes]);
  const make = useMemo(
    () => (shown === null ? null : (width: number) => modesPlot(shown.modes, shown.found, width)),
    [shown],
  );
  const rows = shown === null ? [] : rowsOf(shown.found);
  return (
    <>
      <h1>Two modes, two divergences</h1>
      <p>
        The posterior p has two modes, and q is one Gaussian. The ELBO minimises the <em>reverse</em> divergence KL(q ‖
        p) = E<sub>q</sub>[log q − log p]: q pays for being where p is not, so it settles in one mode and ignores the
        other (zero-forcing), and in which depends on where it began. The <em>forward</em> divergence KL(p ‖ q) = E
        <sub>p</sub>[log p − log q] makes q pay for not being where p is: it covers both (mass-covering), and has p’s
        mean and variance.
      </p>
      <div class="bench">
        <div class="sliders">
          {SLIDERS.map(([key, label, least, most, step]) => (
            <label class="slide" key={key}>
              {label}: {modes[key]}
              <input
                type="range"
                name={key}
                min={least}
                max={most}
                step={step}
                value={modes[key]}
                onInput={(event) => setModes({ ...modes, [key]: event.currentTarget.valueAsNumber })}
              />
            </label>
          ))}
          {rows.length > 0 && (
            <Scroll label="The three fits">
              <table>
                <thead>
                  <tr>
                    {["q", "mean", "sd", "divergence"].map((head) => (
                      <th scope="col" key={head}>
                        {head}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {rows.map(([name, q]) => (
                    <tr key={name} data-fit={name}>
                      <th scope="row">{name}</th>
                      {[q.loc, q.scale, q.divergence].map((value, k) => (
                        <td key={["mean", "sd", "divergence"][k]}>{value.toFixed(2)}</td>
                      ))}
                    </tr>
                  ))}
                </tbody>
              </table>
            </Scroll>
          )}
        </div>
        <div>
          {make !== null && (
            <Picture
              make={make}
              label="The two modes, and the Gaussians that either divergence fits to them"
              name="two-modes"
            />
          )}
        </div>
      </div>
      {error !== null && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
    </>
  );
}

const rowsOf = ({ left, right, forward }: TwoModes) =>
  [
    ["reverse, from the left", left],
    ["reverse, from the right", right],
    ["forward", forward],
  ] as const;
