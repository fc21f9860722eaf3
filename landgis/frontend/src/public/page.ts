/** The public map page: joins the store, the server, the map and the panels. */
import { render } from "lit";
import { type PageConfig, Problem, farthestZoom, fetchParcels } from "../core/api";
import type { Insets } from "../core/extent";
import { parcelTitle } from "../core/format";
import { watchRevision } from "../core/freshness";
import { isLang, translator } from "../core/i18n";
import { commandOf } from "../core/keys";
import { Looks } from "../core/looks";
import type { MapView } from "../core/map";
import { type Ask, type ParcelAsk, readPermalink, writePermalink } from "../core/query";
import type { Found } from "../core/search";
import { type State, createStore, initialState } from "../core/store";
import { type PageActions, pageTemplate } from "./frame";
import { parcelsInView } from "./list";
import { paintSheet } from "./print";
import { mark, reveal, revealFirst } from "./reveal";
import { Searching } from "./searching";
import { isPhone, sheetHeight } from "./sheet";
import "./page.css";

const config = JSON.parse(element("landgis-config").textContent ?? "") as PageConfig;
const link = readPermalink(location.hash);
const store = createStore(initialState(isLang(config.lang) ? config.lang : "vi", config.revision));
const ui = element("landgis-ui");
const looks = new Looks(config, {
  lang: () => store.state().lang,
  map: () => map,
  changed: scheduleDraw,
  finish: (style) => style,
});
const searching = new Searching(store, (wanted, found) => ask(wanted, null, found), config.certificate);
let map: MapView | null = null;
let focusWanted = false;
let rendering = false;

const actions: PageActions = {
  ask,
  open,
  search: (text) => ask({ kind: "search", text }),
  searching,
  take: (found) => {
    field().value = found.result.title[store.state().lang];
    open(found);
  },
  language: (lang) => store.send({ type: "language", lang }),
  close,
  goBack: () => {
    focusWanted = true;
    store.send({ type: "went_back" });
  },
  stop: (stop) => store.send({ type: "stop", stop }),
  copy: (address) => void copy(new URL(address, location.href).href),
  zoom: (steps) => map?.zoomBy(steps),
  locate,
  list: listInView,
  dismiss: () => store.send({ type: "notice", notice: "none" }),
  retryMap: () => {
    store.send({ type: "notice", notice: "none" });
    if (map) map.renew(store.state().revision.sequence);
    else void startMap();
  },
  updateCard: () => {
    const { panel } = store.state();
    store.send({ type: "notice", notice: "none" });
    if (panel.kind === "parcel") {
      const { fid } = panel.parcel.properties;
      ask({ kind: "id", id: String(fid) }, fid);
    }
  },
};

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no #${id}`);
  return found;
}

/** Ask the server; the answer is dropped when another question was asked meanwhile. */
function ask(wanted: Ask, hit: number | null = null, found: Found | null = null): void {
  focusWanted ||= wanted.kind !== "point";
  store.send({ type: "asked", ask: wanted, hit, found });
  const answered = wanted.kind === "search" ? searching.answer(wanted) : askForParcels(wanted);
  answered.catch((error: unknown) => {
    if (!(error instanceof Problem)) throw error;
    const missing = error.status === 404 && wanted.kind === "id";
    if (missing) store.send({ type: "answered", ask: wanted, parcels: [] });
    else store.send({ type: "failed", ask: wanted, problem: error });
  });
}

async function askForParcels(wanted: ParcelAsk): Promise<void> {
  store.send({ type: "answered", ask: wanted, parcels: await fetchParcels(wanted) });
}

function open(found: Found): void {
  focusWanted = true;
  searching.open(found);
}

function field(): HTMLInputElement {
  return ui.querySelector("#find input") as HTMLInputElement;
}

function close(): void {
  const hadFocus = ui.querySelector(".card")?.contains(document.activeElement);
  store.send({ type: "closed" });
  if (hadFocus) map?.focus();
}

async function copy(address: string): Promise<void> {
  const copied = await navigator.clipboard.writeText(address).then(
    () => "yes" as const,
    () => "failed" as const,
  );
  store.send({ type: "copied", copied });
}

function locate(): void {
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      map?.showHere({ lon: coords.longitude, lat: coords.latitude });
      store.send({ type: "located", accuracyM: Math.ceil(coords.accuracy) });
    },
    () => store.send({ type: "notice", notice: "no_place" }),
    { enableHighAccuracy: true, timeout: 15_000 },
  );
}

function listInView(): void {
  if (!map) return;
  focusWanted = true;
  store.send({ type: "listed", ...parcelsInView(map, insets(), store.state().lang, config) });
}

/** What of the window is covered by the panels, so that the map shows things beside them. */
function insets(): Insets {
  const card = ui.querySelector<HTMLElement>(".card");
  if (!isPhone()) {
    const rail = ui.querySelector(".rail")?.getBoundingClientRect();
    return { top: 0, right: 0, bottom: 0, left: card && rail ? rail.right : 0 };
  }
  const top = ui.querySelector(".find")?.getBoundingClientRect().bottom ?? 0;
  const bottom = card ? sheetHeight(card, store.state().stop) : 0;
  // A sheet at its full height leaves too little map to centre anything in.
  return { top, right: 0, left: 0, bottom: Math.min(bottom, window.innerHeight - top - 120) };
}

function draw(): void {
  rendering = false;
  const state = store.state();
  const t = translator(state.lang);
  const zoom = state.view?.zoom ?? config.zoom;
  const look = { looks, themes: config.themes, lang: state.lang, t, zoom, sets: [] };
  render(pageTemplate(state, config, look, actions), ui);
  layOut(state);
  const { panel } = state;
  document.documentElement.lang = state.lang;
  const { sheet = null, number = null } = panel.kind === "parcel" ? panel.parcel.properties : {};
  document.title =
    panel.kind === "parcel" ? `${parcelTitle(t, sheet, number)} – ${t("app.title")}` : t("app.title");
  if (focusWanted && panel.kind !== "loading") {
    focusWanted = false;
    ui.querySelector<HTMLElement>("[data-focus]")?.focus({ preventScroll: true });
  }
  ui.querySelector("[role=option][aria-selected=true]")?.scrollIntoView({ block: "nearest" });
}

function layOut({ stop }: State): void {
  const card = ui.querySelector<HTMLElement>(".card");
  const height = card && isPhone() ? `${sheetHeight(card, stop)}px` : "";
  const isHeld = card?.dataset["dragging"] !== undefined;
  if (card && !isHeld) card.style.height = height;
  ui.style.setProperty("--sheet", height || "54px");
  placeCrosshair();
}

function placeCrosshair(): void {
  const mark = ui.querySelector<HTMLElement>(".crosshair");
  if (!mark || !map) return;
  const { x, y } = map.centre(insets());
  mark.style.transform = `translate(${x}px, ${y}px)`;
}

function scheduleDraw(): void {
  if (rendering) return;
  rendering = true;
  requestAnimationFrame(draw);
}

/** Let the map and the address follow the state. */
function follow(now: State, before: State): void {
  scheduleDraw();
  if (now.selected !== before.selected) map?.select(now.selected);
  if (now.panel !== before.panel || now.stop !== before.stop) {
    requestAnimationFrame(() => map && reveal(map, insets(), now, before));
  }
  if (map && now.panel !== before.panel) mark(map, now, open);
  if (now.lang !== before.lang) {
    map?.rename(translator(now.lang)("map.label"));
    looks.translate();
  }
  if (now.view !== before.view || now.selected !== before.selected || now.lang !== before.lang) {
    writeAddress(now, now.lang !== before.lang);
  }
}

function writeAddress(state: State, languageChanged: boolean): void {
  const hash = state.view ? writePermalink(state.view, state.selected) : location.hash;
  const path = languageChanged ? `/${state.lang}/` : location.pathname;
  history.replaceState(null, "", path + location.search + hash);
}

async function startMap(): Promise<void> {
  try {
    const [{ MapView }, style] = await Promise.all([import("../core/map"), looks.style()]);
    const { view } = link;
    map = new MapView({
      container: element("landgis-map"),
      style,
      start: view
        ? { center: [view.lon, view.lat], zoom: view.zoom }
        : { center: config.center, zoom: config.zoom },
      minZoom: farthestZoom(config),
      label: translator(store.state().lang)("map.label"),
      sequence: store.state().revision.sequence,
      onPick: (lon, lat, hit) => ask({ kind: "point", lon, lat }, hit),
      onPointer: (at) => store.send({ type: "pointer", at }),
      onView: (moved) => store.send({ type: "moved", view: moved }),
      onTrouble: () => store.send({ type: "notice", notice: "trouble" }),
      onIdle: countIdle,
    });
  } catch (error) {
    if (error instanceof Problem) store.send({ type: "notice", notice: "trouble" });
    else store.send({ type: "map", map: "impossible" });
    return;
  }
  if (config.testHooks) Object.assign(window, { __map: map.raw });
  store.send({ type: "map", map: "ready" });
  // The parcel of a link may have been answered before there was a map to show it on.
  map.select(store.state().selected);
  mark(map, store.state(), open);
  revealFirst(map, insets(), store.state(), link.view !== null);
}

/** Browser tests wait for this number to rise instead of sleeping. */
function countIdle(): void {
  const { dataset } = document.body;
  if (looks.state().isOpen) looks.look();
  dataset["mapIdle"] = String(Number(dataset["mapIdle"] ?? 0) + 1);
}

function preparePrint(): void {
  const canvas = ui.querySelector<HTMLCanvasElement>(".print canvas");
  if (!map || !canvas) return;
  looks.look();
  draw();
  paintSheet(canvas, map, store.state().view, store.state().lang);
}

function onKey(event: KeyboardEvent): void {
  const onMap = event.target instanceof HTMLCanvasElement;
  const command = commandOf(event, onMap ? "map" : "other");
  if (command === null) return;
  if (command === "close") return close();
  event.preventDefault();
  if (command === "list") return listInView();
  if (command === "find") {
    field().focus();
    return field().select();
  }
  if (!map) return;
  const { lon, lat, x, y } = map.centre(insets());
  focusWanted = true;
  ask({ kind: "point", lon, lat }, map.hitAt(x, y));
}

function onHash(): void {
  const { id } = readPermalink(location.hash);
  if (id) ask({ kind: "id", id });
}

store.listen(follow);
window.addEventListener("keydown", onKey);
window.addEventListener("hashchange", onHash);
window.addEventListener("beforeprint", preparePrint);
window.addEventListener("resize", () => layOut(store.state()));
draw();
// A link with a view shows the parcel where it is; one without is flown to.
if (link.id) ask({ kind: "id", id: link.id }, link.view ? Number(link.id) || null : null);
void startMap();
watchRevision(
  () => store.state().revision.sequence,
  async (revision) => {
    map?.renew(revision.sequence);
    store.send({ type: "revision", revision });
  },
);
