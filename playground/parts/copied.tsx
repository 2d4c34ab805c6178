import type { VNode } from "preact";
import { useState } from "preact/hooks";

/** Text for the clipboard, and where it stands to be copied by hand. */
export function useCopied(): { show(what: string, content: string): Promise<void>; readonly shown: VNode | null } {
  const [text, setText] = useState<{ what: string; content: string } | null>(null);
  return {
    async show(what, content) {
      setText({ what, content });
      // Refused where the page has no focus.
      await navigator.clipboard?.writeText(content).catch(() => {});
    },
    shown: text && (
      <label class="copied">
        {text.what}, copied:
        <textarea readOnly rows={text.content.split("\n").length + 1} value={text.content} />
      </label>
    ),
  };
}
