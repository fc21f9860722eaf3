/** Keys of the public page, by place on the keyboard, so that a Vietnamese input method agrees. */

export type Command = "close" | "pick_centre" | "find" | "list";

/** What of a key press matters here; a KeyboardEvent fits. */
export interface Press {
  readonly code: string;
  readonly isComposing: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

/** Where the focus is when the key is pressed. */
export type Focus = "map" | "other";

/** Answer the command of a key press, or null; an unfinished syllable is never a command. */
export function commandOf(press: Press, focus: Focus): Command | null {
  if (press.isComposing || press.ctrlKey || press.metaKey || press.altKey) return null;
  if (press.code === "Escape") return "close";
  // Single letters act only on the focused map: elsewhere they belong to the reader's own tools.
  if (focus !== "map") return null;
  if (press.code === "Enter" || press.code === "NumpadEnter") return "pick_centre";
  if (press.code === "KeyF") return "find";
  return press.code === "KeyL" ? "list" : null;
}
