import type { FirstResult } from "./suite/first.ts";
import type { GrowthResult, Suite } from "./suite/main.ts";

/** Where the suite runs. */
export interface Host {
  readonly name: string;
  call<K extends keyof Suite>(method: K, ...args: Parameters<Suite[K]>): Promise<Awaited<ReturnType<Suite[K]>>>;
  /** The same in a page that may not share memory between threads, as most pages may not; null where that changes nothing. */
  readonly plain: Host["call"] | null;
  /** Null where there is no page to load. */
  firstResult(): Promise<(FirstResult & { readonly importSeconds: number }) | null>;
  /** Draws a growth chart into a PNG. */
  chart(file: string, model: string, results: readonly GrowthResult[]): Promise<void>;
  close(): Promise<void>;
}
