import type { Shipped } from "./learned.ts";

/** A field of a model's data: what JSON holds. */
export type Data = Readonly<Record<string, unknown>>;

export interface Example {
  /** TypeScript. */
  readonly source: string;
  /** The same without its types, line for line. */
  readonly script: string;
  /** The explanation, rendered when the page was built. */
  readonly html: string;
  readonly data: Data;
  /** What its training learned, where the page ships it. */
  learned(): Promise<Shipped | null>;
}

export interface GalleryEntry {
  /** Folder under examples/. */
  readonly slug: string;
  readonly title: string;
  readonly summary: string;
  load(): Promise<Example>;
}
