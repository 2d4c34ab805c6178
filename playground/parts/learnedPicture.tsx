import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Data } from "../example.ts";
import type { Learned } from "../learned.ts";

export interface LearnedPictureProps {
  readonly learned: Learned;
  readonly data: Data;
}

/** What learned parameters can show, by the example; each is loaded when it is first shown. */
const PICTURES: Readonly<Record<string, () => Promise<ComponentType<LearnedPictureProps>>>> = {
  "hard-attention-digits": async () => (await import("./glimpses.tsx")).Glimpses,
  "vae-digits": async () => (await import("./latentPlane.tsx")).LatentPlane,
};

export function LearnedPicture({ slug, ...props }: LearnedPictureProps & { readonly slug: string }) {
  const [picture, setPicture] = useState<{ readonly Made: ComponentType<LearnedPictureProps> } | null>(null);
  useEffect(() => {
    PICTURES[slug]?.().then((Made) => setPicture({ Made }));
  }, [slug]);
  return picture === null ? null : <picture.Made {...props} />;
}
