/** The frame of the officer page: bar, tools, search, the hand's overlay, panel, status line. */
import { html, nothing, svg } from "lit";
import type { LonLat } from "../core/map-options";
import { formatLonLat, formatNumber, parcelTitle } from "../core/format";
import { crosshair, layers } from "../core/icons";
import { type LookView, lookCard } from "../core/look-card";
import { bar } from "./bar";
import { dialog } from "./dialogs";
import { arrow, cut, join, magnet } from "./icons";
import { type Tool, toolOf } from "./operation";
import { announcement, panel } from "./panel";
import type { View } from "./parts";
import { TOLERANCE_PX, toleranceM } from "./snap";
import { mayEdit } from "./state";
import { formatCoordinate, planeLabel, whyNoTool } from "./words";

export type ToPixel = (at: LonLat) => { readonly x: number; readonly y: number } | null;

export function frame(view: View, toPixel: ToPixel) {
  const { state, config, t } = view;
  return html`
    ${bar(view)}
    <div class="desk">
      ${state.map === "impossible"
        ? html`<section class="impossible"><h2>${t("map.no_webgl")}</h2></section>`
        : nothing}
      ${overlay(view, toPixel)} ${tools(view)} ${finder(view)} ${look(view)}
      ${config.demo ? html`<p class="ribbon">${t("app.demo")}</p>` : nothing}
    </div>
    ${panel(view)} ${status(view)} ${dialog(view)}
    <p class="sr-only" role="status">${announcement(state, t)}</p>
  `;
}

/** Layers that need a scope, with that scope. */
const SETS = [
  { name: "findings", title: "look.findings", scope: "import" },
  { name: "raster_footprints", title: "look.footprints", scope: "drafts" },
] as const;

function look({ state, config, t, looks }: View) {
  const { session, view, lang } = state;
  const sets = SETS.filter(({ scope }) => session !== null && scope in session.may);
  const shown: LookView = { looks, themes: config.themes, lang, t, zoom: view?.zoom ?? config.zoom, sets };
  const isOpen = looks.state().isOpen;
  return html`<div class="looks">
    <button class="paper" title=${t("look.title")} aria-label=${t("look.title")} aria-controls="look"
      aria-expanded=${isOpen} data-look @click=${() => looks.toggle()}>${layers}</button>
    ${lookCard(shown)}
  </div>`;
}

function tools(view: View) {
  const { state, t, actions } = view;
  if (!state.session || !("edit" in state.session.may)) return nothing;
  const why = whyNoTool(t, state);
  const now = toolOf(state.operation);
  const tool = (name: Tool, letter: string, icon: unknown) => {
    const label = t(`officer.tool.${name}`);
    const isNow = !why && now === name;
    return html`<button aria-label="${label} (${letter})${why ? `. ${why}` : ""}" aria-keyshortcuts=${letter}
      aria-pressed=${isNow} aria-disabled=${why !== null} @click=${() => why ?? actions.tool(name)}>
      ${icon}<span class="tip">${label} <kbd>${letter}</kbd>${why ? html`<small>${why}</small>` : nothing}</span>
    </button>`;
  };
  const snap = t(state.isSnapping ? "officer.tool.snap_on" : "officer.tool.snap_off");
  return html`<div class="tools paper" role="toolbar" aria-orientation="vertical" aria-label=${t("officer.tools")}>
    ${tool("select", "V", arrow)} ${tool("split", "L", cut)} ${tool("merge", "M", join)}
    <button class="snap" aria-label="${t("officer.tool.snap")} (S)" aria-keyshortcuts="S"
      aria-pressed=${state.isSnapping} @click=${actions.snap}>
      ${magnet}<span class="tip">${snap} <kbd>S</kbd></span>
    </button>
  </div>`;
}

function finder({ state, config, t, actions }: View) {
  const find = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    actions.find(String(form.get("find") ?? ""));
  };
  const { found } = state;
  return html`<div class="finder">
    <form class="paper field" role="search" @submit=${find}>
      <label class="sr-only" for="find">${t("officer.find.label")}</label>
      <input id="find" name="find" autocomplete="off" spellcheck="false" enterkeyhint="search"
        placeholder=${t("officer.find.hint")} aria-keyshortcuts="F" />
      <kbd>F</kbd>
    </form>
    ${found
      ? html`<div class="paper found">
          ${found.length === 0
            ? html`<p class="caveat" role="alert">${t("officer.find.none")}</p>`
            : html`<p class="caveat">${t("officer.find.many", { count: found.length })}</p>
                <ul class="choices">
                  ${found.map(({ properties: p, geometry }) => html`<li>
                    <button @click=${() => actions.goTo({ parcel_id: p.parcel_id, fid: p.fid, geometry })}>
                      <b>${parcelTitle(t, p.sheet ?? null, p.number ?? null)}</b>
                      <span>${p.unit_name ?? config.units.find((unit) => unit.code === p.unit_code)?.name[state.lang] ?? ""}</span>
                    </button>
                  </li>`)}
                </ul>`}
        </div>`
      : nothing}
  </div>`;
}

/** What follows the hand: drawn over the map, so that no move of the mouse redraws the map itself. */
function overlay({ state, t }: View, toPixel: ToPixel) {
  const { aim, operation, crosshair: at, lang } = state;
  const isDrawing = mayEdit(state) && operation.kind === "split" && operation.parcel !== null && operation.isOpen;
  const end = isDrawing && aim ? toPixel(aim.point) : null;
  const last = isDrawing ? operation.line.at(-1) : undefined;
  const start = last && end ? toPixel(last) : null;
  const length = last && aim ? Math.hypot(aim.point.x - last.x, aim.point.y - last.y) : 0;
  const rubber = start && end
    ? svg`<path class="rubber" d="M${start.x} ${start.y}L${end.x} ${end.y}" />
        <text x="0" y="-8" transform=${along(start, end)}>
          ${t("officer.status.rubber", { length: formatNumber(lang, length, 2) })}</text>`
    : nothing;
  const held = end && aim && aim.point.hold.kind !== "free"
    ? svg`<rect class="held" data-hold=${aim.point.hold.kind} x=${end.x - 8} y=${end.y - 8} width="16" height="16"
        rx=${aim.point.hold.kind === "node" ? 1 : 8} />`
    : nothing;
  return html`<svg class="overlay" aria-hidden="true">${rubber}${held}</svg>
    ${at ? html`<div class="crosshair" data-x=${at.x} data-y=${at.y}>${crosshair}</div>` : nothing}`;
}

/** Stand in the middle of a line and run along it, never upside down. */
function along(a: { x: number; y: number }, b: { x: number; y: number }): string {
  const turn = (Math.atan2(b.y - a.y, b.x - a.x) * 180) / Math.PI;
  const upright = turn > 90 ? turn - 180 : turn < -90 ? turn + 180 : turn;
  return `translate(${(a.x + b.x) / 2} ${(a.y + b.y) / 2}) rotate(${upright})`;
}

function status(view: View) {
  const { state, t, actions } = view;
  return html`<footer class="status" aria-label=${t("officer.status.label")}>
    <span class="place">${place(view)}</span>
    <span class="snapping">${snapping(view)}</span>
    ${saved(view)}
    <span class="spring"></span>
    ${state.view ? html`<span class="ratio">1:${formatNumber(state.lang, ratio(state.view.metresPerPx))}</span>` : nothing}
    <button class="link" @click=${() => actions.dialog("keys")}>? ${t("officer.keys.link")}</button>
  </footer>`;
}

/** Scale as maps state it, for a screen of 96 pixels an inch, in round numbers. */
function ratio(metresPerPx: number): number {
  const exact = metresPerPx / (0.0254 / 96);
  const step = 10 ** Math.max(0, Math.floor(Math.log10(exact)) - 1);
  return Math.round(exact / step) * step;
}

function place({ state, t }: View) {
  const { aim, plane, pointer, view, lang } = state;
  if (aim && plane) {
    const { x, y, hold } = aim.point;
    const values = { x: formatCoordinate(lang, y), y: formatCoordinate(lang, x) };
    const key = hold.kind === "free" ? "officer.status.xy_about" : "officer.status.xy";
    return html`${t(key, values)} <span class="caveat">${planeLabel(lang, plane)}</span>`;
  }
  const at = pointer ?? view;
  return at ? formatLonLat(lang, t, at.lon, at.lat) : nothing;
}

function snapping({ state, t }: View) {
  const { aim, isSnapping, lang, view, operation } = state;
  if (operation.kind !== "split" || !operation.isOpen) return nothing;
  const say = (text: string) => html`${t("officer.status.snap")} <b>${text}</b>`;
  if (!isSnapping) return say(t("officer.status.off"));
  const hold = aim?.point.hold ?? { kind: "free" as const };
  const distance = formatNumber(lang, aim?.distance_m ?? 0, 2);
  if (hold.kind === "node") return say(t("officer.status.node", { distance }));
  if (hold.kind === "edge") return say(t("officer.status.edge", { distance, length: formatNumber(lang, hold.length_m, 2) }));
  const reach = { px: TOLERANCE_PX, metres: formatNumber(lang, toleranceM(view?.metresPerPx ?? 0), 2) };
  return html`${say(t("officer.status.free"))} <span class="caveat">${t("officer.status.reach", reach)}</span>`;
}

function saved({ state, t }: View) {
  const { draft, busy } = state;
  if (!draft?.may.includes("edit")) return nothing;
  if (busy) return html`<span class="saved" data-busy>${t("officer.status.saving")}</span>`;
  const time = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
  return html`<span class="saved">${t("officer.status.saved", { time: time.format(new Date(draft.updated_at)) })}</span>`;
}
