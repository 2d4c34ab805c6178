/** Model, data and settings in the address itself: behind the #, which no server sees. */
import type { Data } from "../example.ts";
import { understood } from "../settings.ts";
import type { Settings } from "../worker/protocol.ts";

/** What differs from the example. */
export interface Shared {
  readonly settings: Partial<Settings>;
  readonly source?: string;
  readonly data?: Data;
}

async function through(
  bytes: Uint8Array<ArrayBuffer>,
  by: CompressionStream | DecompressionStream,
): Promise<Uint8Array> {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(by)).arrayBuffer());
}

export async function linkOf(slug: string, shared: Shared): Promise<string> {
  const bytes = await through(new TextEncoder().encode(JSON.stringify(shared)), new CompressionStream("deflate-raw"));
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  const text = btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return `${location.href.replace(/#.*$/, "")}#/example/${slug}?${text}`;
}

/** What a link holds; null where it holds nothing, or nothing that can be read. */
export async function sharedIn(hash: string): Promise<Shared | null> {
  const text = /\?([\w-]+)$/.exec(hash)?.[1];
  if (text === undefined) return null;
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
    const json = await through(bytes, new DecompressionStream("deflate-raw"));
    const shared = JSON.parse(new TextDecoder().decode(json)) as Shared;
    return { ...shared, settings: understood(shared.settings) };
  } catch {
    return null;
  }
}
