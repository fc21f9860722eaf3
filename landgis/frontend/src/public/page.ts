/** The public map page: joins the store, the server, the map and the panels. */
import { render } from "lit";
import { type PageConfig, Problem, fetchParcels, fetchStyle, fetchTilejson } from "../core/api";
import type { Insets } from "../core/extent";
import { compareNatural, parcelTitle } from "../core/format";
import { quietly, watchRevision } from "../core/freshness";
import { isLang, translator } from "../core/i18n";
import { commandOf } from "../core/keys";
import type { MapView } from "../core/map";
import type { Drawn } from "../core/map-options";
import { type Ask, readPermalink, writePermalink } from "../core/query";
import { type State, createStore, initialState } from "../core/store";
import { prepareStyle } from "../core/style";
import { type PageActions, pageTemplate } from "./frame";
import { isPhone, stopHeight } from "./sheet";
import "./page.css";

/** A list longer than this is no help to anyone who reads it line by line. */
const LIST_LENGTH = 50;

const config = JSON.parse(element("landgis-config").textContent ?? "") as PageConfig;
const link = readPermalink(location.hash);
const store = createStore(initialState(isLang(config.lang) ? config.lang : "vi", config.revision));
const ui = element("landgis-ui");
let map: MapView | null = null;
let focusWanted = false;
let rendering = false;

const actions: PageActions = {
  ask,
  find: (wanted) => (wanted ? ask(wanted) : store.send({ type: "find_incomplete" })),
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
    if (map) quietly(renewTiles);
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
function ask(wanted: Ask, hit: number | null = null): void {
  focusWanted ||= wanted.kind !== "point";
  store.send({ type: "asked", ask: wanted, hit });
  fetchParcels(wanted).then(
    (parcels) => store.send({ type: "answered", ask: wanted, parcels }),
    (error: unknown) => {
      if (!(error instanceof Problem)) throw error;
      const missing = error.status === 404 && wanted.kind === "id";
      if (missing) store.send({ type: "answered", ask: wanted, parcels: [] });
      else store.send({ type: "failed", ask: wanted, problem: error });
    },
  );
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
  const order = (a: Drawn, b: Drawn): number =>
    compareNatural(a.sheet ?? "", b.sheet ?? "") || compareNatural(a.number ?? "", b.number ?? "");
  const all = map.drawn(insets(), 1);
  let near = all;
  for (let share = 0.85; near.length > LIST_LENGTH; share *= 0.85) {
    near = map.drawn(insets(), share);
  }
  const { lang } = store.state();
  const items = [...near].sort(order).map(({ fid, sheet, number, use }) => ({
    fid,
    sheet,
    number,
    detail: (use && config.landUses[use]?.name[lang]) || use || "",
  }));
  focusWanted = true;
  store.send({ type: "listed", items, total: all.length });
}

/** What of the window is covered by the panels, so that the map shows things beside them. */
function insets(): Insets {
  const { panel, stop } = store.state();
  const open = panel.kind !== "closed";
  if (!isPhone()) {
    const rail = ui.querySelector(".rail")?.getBoundingClientRect();
    return { top: 0, right: 0, bottom: 0, left: open && rail ? rail.right : 0 };
  }
  const top = ui.querySelector(".find")?.getBoundingClientRect().bottom ?? 0;
  const bottom = open ? stopHeight(stop, window.innerHeight) : 0;
  // A sheet at its full height leaves too little map to centre anything in.
  return { top, right: 0, left: 0, bottom: Math.min(bottom, window.innerHeight - top - 120) };
}

function draw(): void {
  rendering = false;
  const state = store.state();
  const t = translator(state.lang);
  render(pageTemplate(state, config, t, actions), ui);
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
}

function layOut({ stop }: State): void {
  const card = ui.querySelector<HTMLElement>(".card");
  const height = stopHeight(stop, window.innerHeight);
  const isHeld = card?.dataset["dragging"] !== undefined;
  if (card && !isHeld) card.style.height = isPhone() ? `${height}px` : "";
  ui.style.setProperty("--sheet", card && isPhone() ? `${height}px` : "54px");
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
  if (now.panel !== before.panel || now.stop !== before.stop) requestAnimationFrame(() => reveal(now, before));
  if (now.lang !== before.lang) map?.rename(translator(now.lang)("map.label"));
  if (now.view !== before.view || now.selected !== before.selected || now.lang !== before.lang) {
    writeAddress(now, now.lang !== before.lang);
  }
}

function reveal(now: State, before: State): void {
  if (!map || now.panel.kind !== "parcel") return;
  const { parcel } = now.panel;
  if (before.panel === now.panel) {
    if (isPhone()) map.uncover(parcel.geometry, insets(), true, null);
    return;
  }
  const ask = before.panel.kind === "loading" ? before.panel.ask : null;
  const inView = now.back?.why === "view" || now.back?.why === "point";
  const at = ask?.kind === "point" ? ask : null;
  const isOutlined = now.selected === before.selected;
  if (at || inView || isOutlined) map.uncover(parcel.geometry, insets(), isPhone(), at);
  else map.flyTo([parcel.geometry], insets());
}

function writeAddress(state: State, languageChanged: boolean): void {
  const hash = state.view ? writePermalink(state.view, state.selected) : location.hash;
  const path = languageChanged ? `/${state.lang}/` : location.pathname;
  history.replaceState(null, "", path + location.search + hash);
}

async function startMap(): Promise<void> {
  const url = new URL(config.styleUrl, location.href);
  url.searchParams.set("lang", store.state().lang);
  try {
    const [{ MapView }, style] = await Promise.all([import("../core/map"), fetchStyle(url.href)]);
    const { view } = link;
    map = new MapView({
      container: element("landgis-map"),
      style: prepareStyle(style, location.origin),
      start: view
        ? { center: [view.lon, view.lat], zoom: view.zoom }
        : { center: config.center, zoom: config.zoom },
      label: translator(store.state().lang)("map.label"),
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
  const { selected, panel } = store.state();
  map.select(selected);
  // The parcel of a link may have been answered before there was a map to show it on.
  if (panel.kind !== "parcel") return;
  if (link.view) map.uncover(panel.parcel.geometry, insets(), isPhone(), null);
  else map.flyTo([panel.parcel.geometry], insets());
}

/** Browser tests wait for this number to rise instead of sleeping. */
function countIdle(): void {
  const { dataset } = document.body;
  dataset["mapIdle"] = String(Number(dataset["mapIdle"] ?? 0) + 1);
}

async function renewTiles(): Promise<void> {
  const { tiles } = await fetchTilejson(config.tilejsonUrl);
  map?.renew(tiles);
}

function onKey(event: KeyboardEvent): void {
  const onMap = event.target instanceof HTMLCanvasElement;
  const command = commandOf(event, onMap ? "map" : "other");
  if (command === null) return;
  if (command === "close") return close();
  event.preventDefault();
  if (command === "list") return listInView();
  if (command === "find") return ui.querySelector<HTMLInputElement>("input")?.focus();
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
window.addEventListener("resize", () => layOut(store.state()));
draw();
// A link with a view shows the parcel where it is; one without is flown to.
if (link.id) ask({ kind: "id", id: link.id }, link.view ? Number(link.id) || null : null);
void startMap();
watchRevision(
  () => store.state().revision.revision,
  async (revision) => {
    await renewTiles();
    store.send({ type: "revision", revision });
  },
);
