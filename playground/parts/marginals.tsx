import { useMemo, useState } from "preact/hooks";
import { marginalPlot, pairPlot } from "../pictures/posterior.ts";
import type { Marginal } from "../worker/protocol.ts";
import { Picture } from "./picture.tsx";

interface MarginalsProps {
  readonly marginals: readonly Marginal[];
}

/** One scalar's draws against its prior. */
export function Marginals({ marginals }: MarginalsProps) {
  const [name, setName] = useState(marginals[0]!.name);
  const chosen = marginals.find((marginal) => marginal.name === name) ?? marginals[0]!;
  const make = useMemo(() => (width: number) => marginalPlot(chosen, width), [chosen]);
  return (
    <>
      <label class="pick">
        Marginal of{" "}
        <select value={chosen.name} onChange={(event) => setName(event.currentTarget.value)}>
          {marginals.map((marginal) => (
            <option key={marginal.name}>{marginal.name}</option>
          ))}
        </select>
      </label>
      <Picture
        make={make}
        label={`Histogram of draws of ${chosen.name}${chosen.prior === null ? "" : ", with its prior"}`}
        name="marginal"
      />
    </>
  );
}

/** Two scalars' draws, and the contours of their density under q. */
export function Pairs({ marginals }: MarginalsProps) {
  const [names, setNames] = useState<readonly [string, string]>([marginals[0]!.name, marginals[1]!.name]);
  const found = (at: 0 | 1): Marginal => marginals.find(({ name }) => name === names[at]) ?? marginals[at]!;
  const [a, b] = [found(0), found(1)];
  const make = useMemo(() => (width: number) => pairPlot(a, b, width), [a, b]);
  const pick = (label: string, at: 0 | 1) => (
    <label>
      {label}{" "}
      <select
        value={found(at).name}
        onChange={(event) =>
          setNames(at === 0 ? [event.currentTarget.value, names[1]] : [names[0], event.currentTarget.value])
        }
      >
        {marginals.map(({ name }) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </label>
  );
  return (
    <>
      <p class="row pick">
        {pick("Pair of", 0)} {pick("and", 1)}
      </p>
      <Picture make={make} label={`Draws of ${a.name} and ${b.name} with contours of their density`} name="pair" />
    </>
  );
}
