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
      if (current) place.current?.replaceChildren(plot);
    });
    return () => {
      current = false;
    };
  }, [make]);
  return <div class="picture" ref={place} role="img" aria-label={label} data-name={name} />;
}
