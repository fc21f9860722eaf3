/** The state of the public page and every way it can change. Pure but for `createStore`. */
import type { Parcel, Problem, Revision } from "./api";
import type { Lang } from "./i18n";
import type { Ask, ParcelAsk, Search } from "./query";
import type { Answer, Found, Result } from "./search";
import { type StoreOf, storeOf } from "./store-of";
import { QUIET, type SuggestEvent, type Suggesting, reduceSuggesting } from "./suggest";

/** A parcel as one line of a list: enough to tell it from its neighbours. */
export interface Choice {
  readonly fid: number;
  readonly sheet: string | null;
  readonly number: string | null;
  readonly detail: string;
}

export interface Choices {
  readonly why: "point" | "view";
  readonly items: readonly Choice[];
  /** How many there are; `items` may be some of them only. */
  readonly total: number;
}

/** A list to choose from: of parcels at a place, or of what a search found. */
export type ListPanel =
  | { readonly kind: "choices"; readonly choices: Choices }
  | { readonly kind: "results"; readonly answer: Answer };

export type Panel =
  | { readonly kind: "closed" }
  | { readonly kind: "loading"; readonly ask: Ask }
  | { readonly kind: "parcel"; readonly parcel: Parcel }
  | ListPanel
  | { readonly kind: "place"; readonly result: Result }
  | { readonly kind: "nothing"; readonly ask: ParcelAsk }
  | { readonly kind: "problem"; readonly ask: Ask; readonly problem: Problem };

/** Heights of the card on a phone. */
export type Stop = "peek" | "half" | "full";

export interface View {
  readonly zoom: number;
  readonly lat: number;
  readonly lon: number;
  readonly metresPerPx: number;
}

export interface State {
  readonly lang: Lang;
  readonly panel: Panel;
  /** The list that what is shown was chosen from, to go back to. */
  readonly back: ListPanel | null;
  /** What a search found and the card is about; null where no search led to it. */
  readonly found: Found | null;
  readonly suggesting: Suggesting;
  /** The feature outlined on the map; known before its facts are. */
  readonly selected: number | null;
  readonly stop: Stop;
  readonly map: "starting" | "ready" | "impossible";
  readonly view: View | null;
  readonly pointer: { readonly lon: number; readonly lat: number } | null;
  readonly revision: Revision;
  readonly notice: "none" | "updated" | "trouble" | "here" | "no_place";
  readonly accuracyM: number;
  readonly copied: "no" | "yes" | "failed";
}

export type Event =
  | { readonly type: "asked"; readonly ask: Ask; readonly hit: number | null; readonly found?: Found | null }
  | { readonly type: "answered"; readonly ask: ParcelAsk; readonly parcels: readonly Parcel[] }
  | { readonly type: "searched"; readonly ask: Search; readonly answer: Answer }
  | { readonly type: "placed"; readonly found: Found }
  | { readonly type: "suggest"; readonly event: SuggestEvent }
  | { readonly type: "failed"; readonly ask: Ask; readonly problem: Problem }
  | { readonly type: "listed"; readonly items: readonly Choice[]; readonly total: number }
  | { readonly type: "went_back" }
  | { readonly type: "closed" }
  | { readonly type: "language"; readonly lang: Lang }
  | { readonly type: "stop"; readonly stop: Stop }
  | { readonly type: "map"; readonly map: State["map"] }
  | { readonly type: "moved"; readonly view: View }
  | { readonly type: "pointer"; readonly at: State["pointer"] }
  | { readonly type: "revision"; readonly revision: Revision }
  | { readonly type: "located"; readonly accuracyM: number }
  | { readonly type: "notice"; readonly notice: State["notice"] }
  | { readonly type: "copied"; readonly copied: State["copied"] };

export function initialState(lang: Lang, revision: Revision): State {
  return {
    lang,
    panel: { kind: "closed" },
    back: null,
    found: null,
    suggesting: QUIET,
    selected: null,
    stop: "half",
    map: "starting",
    view: null,
    pointer: null,
    revision,
    notice: "none",
    accuracyM: 0,
    copied: "no",
  };
}

/** Answer the state after `event`; the same object when nothing changed. */
export function reduce(state: State, event: Event): State {
  switch (event.type) {
    case "asked":
      return asked(state, event.ask, event.hit, event.found ?? null);
    case "answered":
      return isAwaited(state, event.ask) ? answered(state, event.ask, event.parcels) : state;
    case "searched":
      return isAwaited(state, event.ask) ? list(state, { kind: "results", answer: event.answer }) : state;
    case "placed":
      return placed(state, event.found);
    case "suggest":
      return suggested(state, event.event);
    case "failed":
      if (!isAwaited(state, event.ask)) return state;
      return { ...state, panel: { kind: "problem", ask: event.ask, problem: event.problem } };
    case "listed":
      return choose(state, { why: "view", items: event.items, total: event.total });
    case "went_back":
      return state.back ? list(state, state.back) : state;
    case "closed":
      return { ...state, panel: { kind: "closed" }, back: null, found: null, selected: null };
    case "language":
      return { ...state, lang: event.lang };
    case "stop":
      return { ...state, stop: event.stop };
    case "map":
      return { ...state, map: event.map };
    case "moved":
      return { ...state, view: event.view };
    case "pointer":
      return { ...state, pointer: event.at };
    case "revision":
      return revised(state, event.revision);
    case "located":
      return { ...state, notice: "here", accuracyM: event.accuracyM };
    case "notice":
      return { ...state, notice: event.notice };
    case "copied":
      return { ...state, copied: event.copied };
  }
}

function asked(state: State, ask: Ask, hit: number | null, found: Found | null): State {
  const isRepeated = state.panel.kind === "problem" && state.panel.ask === ask;
  return {
    ...state,
    panel: { kind: "loading", ask },
    back: ask.kind === "id" ? listBefore(state, isRepeated ? state.found : found) : null,
    found: isRepeated ? state.found : found,
    suggesting: QUIET,
    selected: hit,
    copied: "no",
  };
}

/** The list in sight, or the one before it; of what a search found, the list of that search only. */
function listBefore({ panel, back }: State, found: Found | null): ListPanel | null {
  const before = panel.kind === "choices" || panel.kind === "results" ? panel : back;
  if (!found) return before;
  return before?.kind === "results" && before.answer === found.answer ? before : null;
}

/** Show a place that is no parcel. */
function placed(state: State, found: Found): State {
  const isShort = found.result.why.length === 0 && found.answer.assumed.length === 0;
  return {
    ...state,
    panel: { kind: "place", result: found.result },
    back: listBefore(state, found),
    found,
    suggesting: QUIET,
    selected: null,
    // A name needs no half of a phone's screen.
    stop: isShort ? "peek" : raised(state).stop,
  };
}

function suggested(state: State, event: SuggestEvent): State {
  const suggesting = reduceSuggesting(state.suggesting, event);
  return suggesting === state.suggesting ? state : { ...state, suggesting };
}

/** An answer counts only while its own question is the last one asked. */
export function isAwaited(state: State, ask: Ask): boolean {
  return state.panel.kind === "loading" && state.panel.ask === ask;
}

function answered(state: State, ask: ParcelAsk, parcels: readonly Parcel[]): State {
  const [only] = parcels;
  // One sentence needs no half of a phone's screen.
  if (!only) return { ...state, panel: { kind: "nothing", ask }, selected: null, stop: "peek" };
  if (parcels.length > 1) {
    const items = parcels.map(asChoice);
    return choose(state, { why: "point", items, total: items.length });
  }
  return {
    ...raised(state),
    panel: { kind: "parcel", parcel: only },
    selected: only.properties.fid,
  };
}

function choose(state: State, choices: Choices): State {
  return list(state, { kind: "choices", choices });
}

function list(state: State, panel: ListPanel): State {
  return { ...raised(state), panel, back: null, found: null, suggesting: QUIET, selected: null };
}

/** What is worth reading brings the sheet up from the foot of the screen. */
function raised(state: State): State {
  return state.stop === "peek" ? { ...state, stop: "half" } : state;
}

function asChoice({ properties }: Parcel): Choice {
  const { fid, sheet = null, number = null, unit_name, land_uses } = properties;
  const codes = (land_uses ?? []).map((use) => use.code).join(" + ");
  return { fid, sheet, number, detail: [unit_name, codes].filter(Boolean).join(" · ") };
}

function revised(state: State, revision: Revision): State {
  if (revision.sequence === state.revision.sequence) return state;
  const isNews = revision.revision !== state.revision.revision;
  return { ...state, revision, notice: isNews ? "updated" : state.notice };
}

export type Store = StoreOf<State, Event>;

export function createStore(initial: State): Store {
  return storeOf(initial, reduce);
}
