/** The state of the officer page and every way it can change. Pure. */
import type { Parcel, Problem } from "../core/api";
import type { Context, Draft, Face, Plane, Preview, Session } from "../core/drafts-api";
import type { Lang } from "../core/i18n";
import type { LonLat } from "../core/map-options";
import type { View } from "../core/store";
import { cellsFrom, columnsOf, typed } from "./ledger";
import { NOTHING, type Operation, type OperationEvent, type Outlook, UNKNOWN, operate, targets } from "./operation";
import { type Aim, NO_NET, type Net, joined } from "./snap";
import { type Step, stepOf } from "./step";

/** A request the officer made that came to nothing. */
export type Work =
  | "session" | "list" | "open" | "create" | "rename" | "attach" | "context" | "find" | "commit"
  | "undo" | "redo" | "submit" | "return" | "approve" | "abandon" | "sign_out" | "map";

export interface Lists {
  readonly mine: readonly Draft[];
  readonly review: readonly Draft[];
}

export type Compare = "after" | "before" | "both";

export interface State {
  readonly lang: Lang;
  readonly session: Session | null;
  readonly lists: Lists | null;
  readonly page: "list" | "new" | "draft";
  readonly draft: Draft | null;
  readonly faces: ReadonlyMap<string, Face>;
  readonly net: Net;
  readonly plane: Plane | null;
  readonly operation: Operation;
  readonly outlook: Outlook;
  readonly isSnapping: boolean;
  readonly aim: Aim | null;
  readonly pointer: LonLat | null;
  /** Where the keyboard's crosshair stands on the map, in pixels; null: the mouse is in use. */
  readonly crosshair: { readonly x: number; readonly y: number } | null;
  /** Answers of the search that need a choice, or none at all. */
  readonly found: readonly Parcel[] | null;
  readonly busy: Work | null;
  readonly trouble: { readonly during: Work; readonly problem: Problem } | null;
  readonly compare: Compare;
  readonly dialog: "none" | "keys" | "return" | "abandon" | "edit";
  readonly map: "starting" | "ready" | "impossible";
  readonly view: View | null;
  /** Whether the window is wide enough to draw in. */
  readonly isWide: boolean;
  /** True from an approval made here until the map shows its result by itself. */
  readonly isSettling: boolean;
}

export type Event =
  | OperationEvent
  | { readonly type: "session"; readonly session: Session }
  | { readonly type: "lists"; readonly lists: Lists }
  | { readonly type: "page"; readonly page: "list" | "new" }
  /** `keeps`: what is under way stays, to be tried again on the draft as it now is. */
  | { readonly type: "draft"; readonly draft: Draft; readonly keeps?: boolean }
  | { readonly type: "context"; readonly context: Context }
  | { readonly type: "typed"; readonly child: number; readonly column: number; readonly text: string }
  | { readonly type: "previewed"; readonly of: Operation; readonly preview: Preview }
  | { readonly type: "refused"; readonly of: Operation; readonly problem: Problem }
  | { readonly type: "snapping" }
  | { readonly type: "aim"; readonly aim: Aim | null; readonly pointer: LonLat | null }
  | { readonly type: "crosshair"; readonly at: State["crosshair"] }
  | { readonly type: "found"; readonly found: State["found"] }
  | { readonly type: "busy"; readonly work: Work | null }
  | { readonly type: "failed"; readonly during: Work; readonly problem: Problem }
  | { readonly type: "trouble_read" }
  | { readonly type: "compare"; readonly compare: Compare }
  | { readonly type: "dialog"; readonly dialog: State["dialog"] }
  | { readonly type: "language"; readonly lang: Lang }
  | { readonly type: "map"; readonly map: State["map"] }
  | { readonly type: "moved"; readonly view: View }
  | { readonly type: "width"; readonly isWide: boolean }
  | { readonly type: "settling"; readonly isSettling: boolean };

export function initialState(lang: Lang, isWide: boolean): State {
  return {
    lang,
    session: null,
    lists: null,
    page: "list",
    draft: null,
    faces: new Map(),
    net: NO_NET,
    plane: null,
    operation: NOTHING,
    outlook: UNKNOWN,
    isSnapping: true,
    aim: null,
    pointer: null,
    crosshair: null,
    found: null,
    busy: null,
    trouble: null,
    compare: "after",
    dialog: "none",
    map: "starting",
    view: null,
    isWide,
    isSettling: false,
  };
}

/** Answer the state after `event`; the same object when nothing changed. */
export function reduce(state: State, event: Event): State {
  switch (event.type) {
    case "session":
      return { ...state, session: event.session };
    case "lists":
      return state.page === "list" ? { ...state, lists: event.lists } : state;
    case "page":
      return { ...cleared(state), page: event.page, draft: null, trouble: null, lists: null };
    case "draft":
      return event.keeps ? kept(state, event.draft) : drafted(state, event.draft);
    case "context":
      return surrounded(state, event.context);
    case "typed":
      return allotted(state, event);
    case "previewed":
      return previewed(state, event.of, event.preview);
    case "refused":
      if (event.of !== state.operation) return state;
      return { ...state, outlook: { of: event.of, preview: null, problem: event.problem } };
    case "snapping":
      return { ...state, isSnapping: !state.isSnapping, aim: null };
    case "aim":
      return { ...state, aim: event.aim, pointer: event.pointer };
    case "crosshair":
      return { ...state, crosshair: event.at };
    case "found":
      return { ...state, found: event.found };
    case "busy":
      return { ...state, busy: event.work };
    case "failed":
      return { ...state, trouble: { during: event.during, problem: event.problem } };
    case "trouble_read":
      return { ...state, trouble: null };
    case "compare":
      return { ...state, compare: event.compare };
    case "dialog":
      return { ...state, dialog: event.dialog };
    case "language":
      return { ...state, lang: event.lang };
    case "map":
      return { ...state, map: event.map };
    case "moved":
      return { ...state, view: event.view };
    case "width":
      return event.isWide === state.isWide ? state : { ...state, isWide: event.isWide };
    case "settling":
      return { ...state, isSettling: event.isSettling };
    default:
      return operated(state, event);
  }
}

/** The draft as the server now has it; what was known of its surroundings is no longer sure. */
function drafted(state: State, draft: Draft): State {
  const after = draft.change?.after ?? [];
  return {
    ...cleared(state),
    page: "draft",
    lists: null,
    draft,
    plane: draft.change?.plane ?? null,
    faces: new Map(after.map((face) => [face.parcel_id, face])),
  };
}

/** The same dossier, changed elsewhere: the line in hand is not lost, but nothing said of it holds. */
function kept(state: State, draft: Draft): State {
  const now = drafted(state, draft);
  return { ...now, faces: new Map([...state.faces, ...now.faces]), net: state.net, plane: state.plane ?? now.plane, operation: state.operation };
}

function cleared(state: State): State {
  return {
    ...state,
    faces: new Map(),
    net: NO_NET,
    plane: null,
    operation: NOTHING,
    outlook: UNKNOWN,
    aim: null,
    dialog: "none",
    busy: null,
  };
}

function surrounded(state: State, context: Context): State {
  const faces = context.faces.map((face) => [face.parcel_id, face] as const);
  return {
    ...state,
    plane: context.plane,
    faces: new Map([...state.faces, ...faces]),
    net: joined(state.net, context),
  };
}

function operated(state: State, event: OperationEvent): State {
  const operation = operate(state.operation, event);
  if (operation === state.operation) return state;
  const isOther = event.type === "tool" || event.type === "picked" || event.type === "dropped";
  // The preview of a line stays in sight while a point of it is changed; nothing jumps.
  const outlook = isOther ? UNKNOWN : { ...state.outlook, problem: null };
  return { ...state, operation, outlook, aim: isOther ? null : state.aim };
}

function previewed(state: State, of: Operation, preview: Preview): State {
  if (of !== state.operation) return state;
  const shown = { ...state, outlook: { of, preview, problem: null } };
  if (of.kind !== "split" || of.cells || !preview.proposal) return shown;
  const parent = of.parcel === null ? undefined : state.faces.get(of.parcel);
  if (!parent) return shown;
  const cells = cellsFrom(state.lang, columnsOf(parent), preview.proposal);
  const operation = { ...of, cells };
  // Where nothing had to be shared out the answer already holds.
  return { ...shown, operation, outlook: preview.can_commit ? { of: operation, preview, problem: null } : shown.outlook };
}

function allotted(state: State, at: { child: number; column: number; text: string }): State {
  const { operation, lang } = state;
  if (operation.kind !== "split" || !operation.cells || operation.parcel === null) return state;
  const parent = state.faces.get(operation.parcel);
  if (!parent) return state;
  const cells = typed(lang, operation.cells, columnsOf(parent), at, at.text);
  return { ...state, operation: { ...operation, cells }, outlook: { ...state.outlook, problem: null } };
}

/** What the preview in sight adds to the dossier; null without one. */
export function proposedStep({ draft, faces, operation, outlook }: State): Step | null {
  if (!outlook.preview) return null;
  const parcels = targets(operation).flatMap((id) => faces.get(id) ?? []);
  const { change, refusal } = outlook.preview;
  const step = stepOf(draft?.change ?? null, change, parcels);
  // The proposal is sent back as the allocation at once: until then there is nothing to judge.
  const isAsking = refusal?.code === "allocation_missing";
  return isAsking ? { ...step, checks: step.checks.filter(({ code }) => code !== "change.allocation") } : step;
}

/** Whether the preview in sight is of what the officer has now before them. */
export function isFresh({ operation, outlook }: State): boolean {
  return outlook.preview !== null && outlook.of === operation;
}

/** Whether the signed-in person may change the parcels of the open draft, on this screen. */
export function mayEdit({ draft, isWide }: State): boolean {
  return isWide && (draft?.may.includes("edit") ?? false);
}
