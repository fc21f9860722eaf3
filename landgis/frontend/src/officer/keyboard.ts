/** From keys to actions. */
import { translator } from "../core/i18n";
import type { StoreOf } from "../core/store-of";
import type { Hand } from "./hand";
import { type Command, type Focus, commandOf } from "./keys";
import type { Actions } from "./parts";
import { type Compare, type Event, type State, mayEdit } from "./state";
import { whyNoSubmit } from "./words";

interface Reach {
  readonly store: StoreOf<State, Event>;
  readonly actions: Actions;
  readonly hand: Hand;
  readonly zoom: (steps: number) => void;
}

const NEXT: Readonly<Record<Compare, Compare>> = { before: "after", after: "both", both: "before" };

export function listenToKeys(reach: Reach): void {
  window.addEventListener("keydown", (event) => {
    // An open dialog has the keyboard to itself.
    if (document.querySelector("dialog[open]")) return;
    const command = commandOf(event, focusOf(event.target, reach.store.state()));
    if (!command || event.defaultPrevented) return;
    event.preventDefault();
    obey(command, reach);
  });
}

function focusOf(target: EventTarget | null, { crosshair }: State): Focus {
  if (target instanceof HTMLCanvasElement) return crosshair ? "crosshair" : "map";
  if (!(target instanceof HTMLElement)) return "page";
  if (target instanceof HTMLInputElement && /^(checkbox|radio|file)$/.test(target.type)) return "button";
  if (target.matches("input, textarea, select")) return "text";
  return target.matches("button, a, summary, label") ? "button" : "page";
}

function obey(command: Command, { store, actions, hand, zoom }: Reach): void {
  const state = store.state();
  switch (command.kind) {
    case "tool":
      return mayEdit(state) ? actions.tool(command.tool) : undefined;
    case "move":
      return hand.step(command.x, command.y);
    case "zoom":
      return zoom(command.steps);
    case "snap":
      return actions.snap();
    case "find":
      return document.querySelector<HTMLInputElement>("#find")?.select();
    case "map":
      return hand.toMap();
    case "help":
      return actions.dialog("keys");
    case "compare":
      return actions.compare(NEXT[state.compare]);
    case "press":
      return pressed(state, actions, hand);
    case "accept":
      return actions.accept();
    case "drop":
      return dropped(state, { actions, hand, store });
    case "remove_point":
      return state.operation.kind === "split" && state.operation.line.length > 0
        ? actions.removePoint(state.operation.line.length - 1)
        : undefined;
    case "undo":
    case "redo":
      return stepped(command.kind, state, actions);
    case "submit":
      return ended(state, actions);
  }
}

/** Once the line is ended there is no point left to add: Enter accepts. */
function pressed({ operation }: State, actions: Actions, hand: Hand): void {
  const isClosed = operation.kind === "split" && operation.parcel !== null && !operation.isOpen;
  if (isClosed) actions.accept();
  else hand.pressCrosshair();
}

/** One level back: out of a field, out of trouble, out of the search, then out of the operation. */
function dropped(state: State, { actions, hand, store }: Pick<Reach, "actions" | "hand" | "store">): void {
  const { activeElement } = document;
  if (activeElement?.matches(".desk input, .panel input, .panel select")) return hand.toMap();
  if (state.trouble) return actions.dismiss();
  if (state.found) return store.send({ type: "found", found: null });
  if (state.page === "new") return actions.home();
  actions.drop();
}

/** While a line is drawn, "undo" takes back its last point; else the dossier's last step. */
function stepped(kind: "undo" | "redo", { draft, operation }: State, actions: Actions): void {
  if (!draft?.may.includes("edit")) return;
  const isLine = operation.kind === "split" && operation.line.length > 0;
  if (kind === "undo" && isLine) return actions.removePoint(operation.line.length - 1);
  if (kind === "undo" ? draft.step > 0 : draft.step < draft.steps) actions[kind]();
}

function ended(state: State, actions: Actions): void {
  const { draft } = state;
  if (draft?.may.includes("approve")) return actions.approve();
  const mayBe = draft?.may.includes("submit") || draft?.may.includes("edit");
  if (mayBe && whyNoSubmit(translator(state.lang), state) === null) actions.submit();
}
