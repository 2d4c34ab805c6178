import { useEffect, useRef } from "preact/hooks";

interface PictureProps {
  /** Draws it; Observable Plot is loaded by the first. */
  make(width: number): Promise<Element>;
  readonly label: string;
  /** Of the file it is saved as. */
  readonly name: string;
}

/** A plot as wide as its place, with a name for those who do not see it. */
export function Picture({ make, label, name }: PictureProps) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let current = true;
    const width = Math.max(260, Math.min(640, place.current!.clientWidth));
    make(width).then((plot) => {
      // The picture has its name as a whole; the names Plot gives to groups of marks say nothing to a reader.
      for (const group of plot.querySelectorAll("g[aria-label]")) group.removeAttribute("aria-label");
      if (current) place.current?.replaceChildren(plot);
    });
    return () => {
      current = false;
    };
  }, [make]);
  const svg = () => place.current?.querySelector("svg") ?? null;
  const taken = async (as: "saveSvg" | "savePng"): Promise<void> => {
    const found = svg();
    if (found !== null) await (await import("../takeaway/picture.ts"))[as](name, found);
  };
  return (
    <figure>
      <div class="picture" ref={place} role="img" aria-label={label} data-name={name} />
      <p class="row small">
        <button type="button" aria-label={`Save the picture "${name}" as SVG`} onClick={() => taken("saveSvg")}>
          SVG
        </button>
        <button type="button" aria-label={`Save the picture "${name}" as PNG`} onClick={() => taken("savePng")}>
          PNG
        </button>
      </p>
    </figure>
  );
}
