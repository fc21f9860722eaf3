/** The officer page: joins the store, the desk, the map, the keys and the panels. */
import { render } from "lit";
import { type PageConfig, Problem, farthestZoom } from "../core/api";
import type { Shape } from "../core/extent";
import { quietly, watchRevision } from "../core/freshness";
import { isLang, translator } from "../core/i18n";
import { Looks } from "../core/looks";
import type { MapView } from "../core/map";
import { storeOf } from "../core/store-of";
import { Desk } from "./desk";
import { frame } from "./frame";
import { Hand } from "./hand";
import { listenToKeys } from "./keyboard";
import { PICTURES, SOURCES, withEditing } from "./layers";
import type { Actions } from "./parts";
import { sceneOf } from "./scene";
import { type Event, type State, initialState, reduce } from "./state";
import { replaced } from "./step";
import "./officer.css";

/** A window at least this wide can be drawn in. */
const WIDE = matchMedia("(min-width: 1024px)");

const config = JSON.parse(element("landgis-config").textContent ?? "") as PageConfig;
const ui = element("landgis-ui");
const store = storeOf<State, Event>(initialState(isLang(config.lang) ? config.lang : "vi", WIDE.matches), reduce);
const desk = new Desk(store);
const hand = new Hand(store, desk, () => map);
const looks = new Looks(config, {
  lang: () => store.state().lang,
  map: () => map,
  changed: scheduleDraw,
  finish: withEditing,
});
let map: MapView | null = null;
/** The newest change that this page knows of. */
let known = config.revision.sequence;
let isDrawing = false;
let focusWanted = false;

const actions: Actions = {
  home: () => desk.home(),
  newForm: () => {
    focusWanted = true;
    store.send({ type: "page", page: "new" });
  },
  create: (heading, file) => desk.create(heading, file),
  open: (id) => desk.open(id),
  rename: (heading) => desk.write("rename", (writes, draft, key) => writes.rename(draft, heading, key)),
  attach: (file) => desk.write("attach", (writes, draft, key) => writes.attach(draft, file, key)),
  abandon: () => desk.write("abandon", (writes, draft, key) => writes.abandon(draft, key)),
  tool: (tool) => hand.tool(tool),
  snap: () => store.send({ type: "snapping" }),
  find: (text) => desk.find(text, (place) => hand.goTo(place)),
  goTo: (place) => hand.goTo(place),
  take: (parcel) => hand.take(parcel),
  drop: () => store.send({ type: "dropped" }),
  accept: () => hand.accept(),
  finish: () => store.send({ type: "line_finished" }),
  addNode: (id) => hand.addNode(id),
  addPoint: (north, east) => hand.setPoint(null, north, east),
  setPoint: (at, north, east) => hand.setPoint(at, north, east),
  removePoint: (at) => store.send({ type: "point_removed", at }),
  address: (address) => store.send({ type: "address", address }),
  type: (child, column, text) => store.send({ type: "typed", child, column, text }),
  undo: () => desk.write("undo", (writes, draft, key) => writes.undo(draft, key)),
  redo: () => desk.write("redo", (writes, draft, key) => writes.redo(draft, key)),
  submit: () => desk.write("submit", (writes, draft, key) => writes.submit(draft, key)),
  approve: () => desk.write("approve", (writes, draft, key) => writes.approve(draft, key)),
  giveBack: (comment) => desk.write("return", (writes, draft, key) => writes.giveBack(draft, comment, key)),
  compare: (compare) => store.send({ type: "compare", compare }),
  dialog: (dialog) => store.send({ type: "dialog", dialog }),
  language: (lang) => store.send({ type: "language", lang }),
  retry: () => desk.retry(),
  dismiss: () => store.send({ type: "trouble_read" }),
};

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no #${id}`);
  return found;
}

function draw(): void {
  isDrawing = false;
  const state = store.state();
  const t = translator(state.lang);
  render(frame({ state, config, t, actions, looks }, (at) => map?.toPixel(at) ?? null), ui);
  for (const mark of ui.querySelectorAll<HTMLElement>(".crosshair")) {
    mark.style.transform = `translate(${mark.dataset["x"]}px, ${mark.dataset["y"]}px)`;
  }
  ui.querySelector<HTMLDialogElement>("dialog:not([open])")?.showModal();
  document.documentElement.lang = state.lang;
  document.body.dataset["tool"] = state.operation.kind;
  document.body.dataset["hand"] = state.crosshair ? "crosshair" : state.pointer ? "mouse" : "none";
  const { draft } = state;
  document.title = draft ? `${draft.record_no} – ${t("officer.title")}` : t("officer.title");
  if (!focusWanted) return;
  focusWanted = false;
  const first = ui.querySelector<HTMLElement>(".panel input[data-focus]") ?? ui.querySelector<HTMLElement>(".panel [data-focus]");
  first?.focus({ preventScroll: true });
}

function scheduleDraw(): void {
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(draw);
}

/** Let the map, the address and the preview follow the state. */
function follow(now: State, before: State): void {
  scheduleDraw();
  const isOther = (...names: readonly (keyof State)[]): boolean => names.some((name) => now[name] !== before[name]);
  if (isOther("draft", "operation", "outlook", "faces", "compare", "isSettling", "isWide", "lang")) redraw(now);
  if (isOther("draft", "operation", "outlook")) desk.lookAhead();
  if (isOther("net", "isSnapping")) hand.aimAgain();
  if (isOther("lang")) {
    map?.rename(translator(now.lang)("officer.map.label"));
    looks.translate();
  }
  if (isOther("draft", "page", "lang")) writeAddress(now);
  if (now.draft?.id !== before.draft?.id && now.draft) {
    focusWanted = true;
    flyToChange(now);
  }
  const isApproved = now.draft?.state === "approved" && before.draft?.state === "submitted";
  if (isApproved && now.draft?.id === before.draft?.id) quietly(() => settle(now.draft?.sequence ?? known));
}

function redraw(state: State): void {
  const scene = sceneOf(state);
  for (const source of SOURCES) map?.show(source, scene[source]);
  map?.hide(scene.gone);
}

function flyToChange({ draft }: State): void {
  const { change } = draft ?? {};
  const shapes: readonly Shape[] = change ? replaced([...change.before, ...change.after]).map((face) => face.geometry) : [];
  hand.flyTo(shapes);
}

/** Have the tiles bring what was approved; until they have, it stays drawn over them. */
async function settle(sequence: number): Promise<void> {
  store.send({ type: "settling", isSettling: true });
  try {
    map?.renew(sequence);
    await new Promise<void>((done) => (map ? map.raw.once("idle", () => done()) : done()));
  } finally {
    store.send({ type: "settling", isSettling: false });
  }
}

function writeAddress({ draft, lang }: State): void {
  const url = new URL(location.href);
  if (lang !== config.lang || url.searchParams.has("lang")) url.searchParams.set("lang", lang);
  url.hash = draft ? `draft=${draft.id}` : "";
  history.replaceState(null, "", url);
}

function draftInAddress(): string | null {
  return /^#draft=([\w-]+)$/.exec(location.hash)?.[1] ?? null;
}

async function startMap(): Promise<void> {
  try {
    const [{ MapView }, style] = await Promise.all([import("../core/map"), looks.style()]);
    map = new MapView({
      container: element("landgis-map"),
      style,
      start: { center: config.center, zoom: config.zoom },
      minZoom: farthestZoom(config),
      label: translator(store.state().lang)("officer.map.label"),
      sequence: known,
      onPick: (lon, lat, hit) => hand.press({ lon, lat }, hit),
      onPointer: (at) => hand.move(at),
      onView: (view) => {
        store.send({ type: "moved", view });
        hand.aimAgain();
      },
      onTrouble: () => store.send({ type: "failed", during: "map", problem: new Problem(0, "offline", "") }),
      onIdle: countIdle,
      editing: { images: PICTURES, onMove: scheduleDraw },
    });
  } catch (error) {
    if (error instanceof Problem) store.send({ type: "failed", during: "map", problem: error });
    else store.send({ type: "map", map: "impossible" });
    return;
  }
  if (config.testHooks) Object.assign(window, { __map: map.raw });
  store.send({ type: "map", map: "ready" });
  redraw(store.state());
  flyToChange(store.state());
}

/** Browser tests wait for this number to rise instead of sleeping. */
function countIdle(): void {
  const { dataset } = document.body;
  if (looks.state().isOpen) looks.look();
  dataset["mapIdle"] = String(Number(dataset["mapIdle"] ?? 0) + 1);
}

store.listen(follow);
listenToKeys({ store, actions, hand, zoom: (steps) => map?.zoomBy(steps) });
WIDE.addEventListener("change", () => store.send({ type: "width", isWide: WIDE.matches }));
window.addEventListener("hashchange", () => {
  const id = draftInAddress();
  if (id && id !== store.state().draft?.id) desk.open(id);
});
draw();
desk.start(draftInAddress());
void startMap();
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) quietly(() => desk.refresh());
});
watchRevision(
  () => known,
  async (revision) => {
    known = revision.sequence;
    map?.renew(known);
    await desk.refresh();
  },
);
