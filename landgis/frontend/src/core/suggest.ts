/** What is suggested while somebody types: its state, its changes, its keys. Pure. */
import type { Press } from "./keys";
import type { Answer, Result } from "./search";

export interface Suggesting {
  /** The question that suggestions are wanted for; empty: none are. */
  readonly text: string;
  /** The newest that came: the one before stays in sight until its successor is there. */
  readonly answer: Answer | null;
  /** Which of them Enter would choose. */
  readonly active: number | null;
}

export type SuggestEvent =
  | { readonly type: "typed"; readonly text: string }
  | { readonly type: "came"; readonly text: string; readonly answer: Answer }
  | { readonly type: "stepped"; readonly step: 1 | -1 }
  | { readonly type: "dropped" };

export const QUIET: Suggesting = { text: "", answer: null, active: null };

/** Letters from which on there is something to suggest. */
const FEWEST = 2;

/** The question in a field: spaces are nobody's question. */
export function questionIn(text: string): string {
  return text.normalize("NFC").replace(/\s+/gu, " ").trim();
}

export function suggestions({ answer }: Suggesting): readonly Result[] {
  return answer?.results ?? [];
}

/** Answer the state after `event`; the same object when nothing changed. */
export function reduceSuggesting(state: Suggesting, event: SuggestEvent): Suggesting {
  switch (event.type) {
    case "typed": {
      const text = questionIn(event.text);
      if (text === state.text) return state;
      return text.length < FEWEST ? QUIET : { text, answer: state.answer, active: null };
    }
    case "came":
      // What came late answers a question that nobody asks any more.
      return event.text === state.text ? { ...state, answer: event.answer, active: null } : state;
    case "stepped":
      return { ...state, active: stepped(state, event.step) };
    case "dropped":
      return state === QUIET ? state : QUIET;
  }
}

/** Round and round, with the field itself between the last and the first. */
function stepped(state: Suggesting, step: 1 | -1): number | null {
  const { length } = suggestions(state);
  const at = ((state.active ?? -1) + 1 + step + length + 1) % (length + 1);
  return at === 0 ? null : at - 1;
}

export type FieldCommand = "open" | "next" | "previous" | "choose" | "drop";

/** Answer what a key means in the field; null: what it means in any other. */
export function fieldCommand(press: Press, state: Suggesting): FieldCommand | null {
  if (press.isComposing || press.ctrlKey || press.metaKey || press.altKey) return null;
  const isOpen = suggestions(state).length > 0;
  if (press.code === "ArrowDown") return isOpen ? "next" : "open";
  if (!isOpen) return null;
  if (press.code === "ArrowUp") return "previous";
  if (press.code === "Escape") return "drop";
  const isEnter = press.code === "Enter" || press.code === "NumpadEnter";
  return isEnter && state.active !== null ? "choose" : null;
}
