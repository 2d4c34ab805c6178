/** CodeMirror for a model's text, with one failure at a time shown at its line. */
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { javascript } from "@codemirror/lang-javascript";
import {
  bracketMatching,
  defaultHighlightStyle,
  ensureSyntaxTree,
  HighlightStyle,
  indentOnInput,
  syntaxHighlighting,
  syntaxTree,
} from "@codemirror/language";
import { lintGutter, setDiagnostics } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, keymap, lineNumbers } from "@codemirror/view";
import type { Failure } from "../worker/protocol.ts";

/** The default colours are made for light paper. */
const darkHighlight = HighlightStyle.define(
  defaultHighlightStyle.specs.map(({ color, ...spec }) =>
    color === undefined ? spec : { ...spec, color: `light-dark(${color}, color-mix(in srgb, ${color}, white 60%))` },
  ),
);

export interface Editor {
  show(failure: Failure | null): void;
  /** The first line that cannot be parsed, from 1. */
  brokenLine(): number | null;
  dispose(): void;
}

export function openEditor(place: HTMLElement, text: string, onChange: (text: string) => void): Editor {
  const view = new EditorView({
    parent: place,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(),
        history(),
        drawSelection(),
        indentOnInput(),
        bracketMatching(),
        javascript({ typescript: true }),
        syntaxHighlighting(darkHighlight),
        lintGutter(),
        EditorView.lineWrapping,
        // Tab leaves the editor, as everywhere else on the page.
        keymap.of([...defaultKeymap, ...historyKeymap]),
        EditorView.contentAttributes.of({ "aria-label": "The model, in TypeScript" }),
        EditorView.theme({
          "&": { fontSize: "0.85rem" },
          ".cm-gutters": { background: "var(--panel)", color: "var(--soft)" },
          ".cm-content": { caretColor: "var(--ink)" },
          ".cm-cursor": { borderLeftColor: "var(--ink)" },
          ".cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground": {
            background: "color-mix(in srgb, var(--accent), transparent 65%)",
          },
        }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) onChange(update.state.doc.toString());
        }),
      ],
    }),
  });
  return {
    show(failure) {
      const { doc } = view.state;
      const line = failure?.line == null ? null : doc.line(Math.min(doc.lines, Math.max(1, failure.line)));
      const marks =
        failure === null || line === null
          ? []
          : [{ from: line.from, to: line.to, severity: "error" as const, message: failure.message }];
      view.dispatch(setDiagnostics(view.state, marks));
    },
    brokenLine() {
      let found: number | null = null;
      const { state } = view;
      const tree = ensureSyntaxTree(state, state.doc.length, 500) ?? syntaxTree(state);
      tree.iterate({
        enter: (node) => {
          if (node.type.isError && found === null) found = view.state.doc.lineAt(node.from).number;
        },
      });
      return found;
    },
    dispose: () => view.destroy(),
  };
}
