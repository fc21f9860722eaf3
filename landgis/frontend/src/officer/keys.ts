/** Keys of the officer page, by place on the keyboard, so that a Vietnamese input method agrees. Pure. */

export type Command =
  | { readonly kind: "tool"; readonly tool: "select" | "split" | "merge" }
  | { readonly kind: "move"; readonly x: number; readonly y: number }
  | { readonly kind: "zoom"; readonly steps: number }
  | { readonly kind: Plain };

type Plain =
  | "snap" | "find" | "map" | "help" | "compare" | "press" | "accept" | "drop" | "remove_point"
  | "undo" | "redo" | "submit";

/** What of a key press matters here; a KeyboardEvent fits. */
export interface Press {
  readonly code: string;
  readonly key: string;
  readonly isComposing: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

/** Where the focus is; `crosshair`: on the map, and the keyboard is what moves it. */
export type Focus = "text" | "button" | "map" | "crosshair" | "page";

/** How far an arrow moves the crosshair, in CSS pixels. */
const STRIDE_PX = 16;

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

const LETTERS: Readonly<Record<string, Command>> = {
  KeyV: { kind: "tool", tool: "select" },
  KeyL: { kind: "tool", tool: "split" },
  KeyM: { kind: "tool", tool: "merge" },
  KeyS: { kind: "snap" },
  KeyF: { kind: "find" },
  KeyG: { kind: "map" },
  KeyB: { kind: "compare" },
  Backspace: { kind: "remove_point" },
  Equal: { kind: "zoom", steps: 1 },
  NumpadAdd: { kind: "zoom", steps: 1 },
  Minus: { kind: "zoom", steps: -1 },
  NumpadSubtract: { kind: "zoom", steps: -1 },
};

/** Answer the command of a key press, or null; an unfinished syllable is never a command. */
export function commandOf(press: Press, focus: Focus): Command | null {
  if (press.isComposing) return null;
  const isEnter = press.code === "Enter" || press.code === "NumpadEnter";
  if (press.ctrlKey || press.metaKey) return press.altKey ? null : withControl(press, focus, isEnter);
  if (press.altKey) return null;
  if (press.code === "Escape") return { kind: "drop" };
  if (focus === "text") return null;
  if (isEnter) return entered(focus);
  if (press.key === "?") return { kind: "help" };
  const arrow = ARROWS[press.code];
  if (arrow) return moved(arrow, press.shiftKey, focus);
  return press.shiftKey && press.code !== "Equal" ? null : (LETTERS[press.code] ?? null);
}

function withControl({ code, shiftKey }: Press, focus: Focus, isEnter: boolean): Command | null {
  if (isEnter) return { kind: "submit" };
  // In a text field Ctrl+Z takes back what was typed there.
  if (focus === "text") return null;
  if (code === "KeyZ") return { kind: shiftKey ? "redo" : "undo" };
  return code === "KeyY" ? { kind: "redo" } : null;
}

/** A focused button is pressed by Enter as everywhere. */
function entered(focus: Focus): Command | null {
  if (focus === "button") return null;
  return { kind: focus === "crosshair" ? "press" : "accept" };
}

function moved([x, y]: readonly [number, number], isFine: boolean, focus: Focus): Command | null {
  if (focus !== "map" && focus !== "crosshair") return null;
  const stride = isFine ? 1 : STRIDE_PX;
  return { kind: "move", x: x * stride, y: y * stride };
}
