/** What lies on the map: the rail of cards, the buttons, the strip, notices and the status line. */
import { html, nothing } from "lit";
import type { PageConfig } from "../core/api";
import { formatLength, formatLonLat, formatTime, scaleBar } from "../core/format";
import type { Key, Translate } from "../core/i18n";
import type { State } from "../core/store";
import { type FindActions, findCard } from "./find";
import { cross, crosshair, layers, minus, plus, rows, target } from "../core/icons";
import { type LookView, lookCard } from "../core/look-card";
import { type PanelActions, announcement, panelCard } from "./panel";
import { printSheet } from "./print";

export interface PageActions extends FindActions, PanelActions {
  readonly zoom: (steps: number) => void;
  readonly locate: () => void;
  readonly list: () => void;
  readonly dismiss: () => void;
  readonly retryMap: () => void;
  readonly updateCard: () => void;
}

const SCALE_BAR_PX = 90;

export function pageTemplate(state: State, config: PageConfig, look: LookView, actions: PageActions) {
  const { t } = look;
  return html`
    <div class="rail" data-panel=${state.panel.kind}>
      ${findCard(state, t, actions)}
      ${config.demo ? html`<p class="ribbon">${t("app.demo")}</p>` : nothing}
      ${panelCard(state, t, actions)}
    </div>
    ${state.map === "impossible" ? impossible(t) : html`${tools(look, actions)} ${lookCard(look)}`}
    <div class="crosshair">${crosshair}</div>
    <div class="bottom" data-panel=${state.panel.kind}>
      ${notice(state, t, actions)} ${strip(state, t)}
    </div>
    ${printSheet(state, config, look)}
    <p class="sr-only" role="status">${announcement(state, t)}</p>
  `;
}

function tools({ t, looks }: LookView, actions: PageActions) {
  const button = (key: Key, icon: unknown, press: () => void) => html`<button
    title=${t(key)}
    aria-label=${t(key)}
    @click=${press}
  >
    ${icon}
  </button>`;
  return html`<div class="tools">
    <div class="paper">
      <button title=${t("look.title")} aria-label=${t("look.title")} aria-controls="look"
        aria-expanded=${looks.state().isOpen} data-look @click=${() => looks.toggle()}>${layers}</button>
      ${button("map.list", rows, actions.list)}
    </div>
    <div class="paper">
      ${button("map.zoom_in", plus, () => actions.zoom(1))}
      ${button("map.zoom_out", minus, () => actions.zoom(-1))}
      ${button("map.locate", target, actions.locate)}
    </div>
  </div>`;
}

function impossible(t: Translate) {
  return html`<section class="impossible">
    <h2>${t("map.no_webgl")}</h2>
    <p>${t("map.no_webgl_text")}</p>
  </section>`;
}

function notice(state: State, t: Translate, actions: PageActions) {
  const text = noticeText(state, t);
  if (text === null) return nothing;
  const action =
    state.notice === "trouble"
      ? html`<button class="link" @click=${actions.retryMap}>${t("map.retry")}</button>`
      : state.notice === "updated" && state.panel.kind === "parcel"
        ? html`<button class="link" @click=${actions.updateCard}>${t("map.reload_card")}</button>`
        : nothing;
  return html`<div class="notice paper" data-notice=${state.notice} role="status">
    <span>${text}</span>${action}
    <button class="plain" aria-label=${t("map.dismiss")} @click=${actions.dismiss}>${cross}</button>
  </div>`;
}

function noticeText({ notice, lang, revision, accuracyM }: State, t: Translate): string | null {
  switch (notice) {
    case "none":
      return null;
    case "updated":
      return t("map.updated", { revision: revision.revision ?? 0 });
    case "here":
      return t("map.here", { metres: formatLength(lang, accuracyM) });
    case "trouble":
      return t("map.trouble");
    case "no_place":
      return t("map.no_place");
  }
}

function strip(state: State, t: Translate) {
  const { revision, published_at } = state.revision;
  const data =
    published_at && revision !== null
      ? t("map.data", { time: formatTime(published_at), revision })
      : t("map.no_data");
  const place = state.pointer ?? state.view;
  return html`<section class="strip paper" aria-label=${t("map.status")}>
    <span class="data">${data}</span>
    ${place
      ? html`<span class="place">${formatLonLat(state.lang, t, place.lon, place.lat)}</span>`
      : nothing}
    ${scale(state)}
  </section>`;
}

function scale({ view, lang }: State) {
  if (!view) return nothing;
  const { px, metres } = scaleBar(view.metresPerPx, SCALE_BAR_PX);
  return html`<span class="scale">
    <svg width=${Math.round(px)} height="6" aria-hidden="true">
      <path d="M0.75 0v5.25h${Math.round(px) - 1.5}V0" />
    </svg>
    ${formatLength(lang, metres)}
  </span>`;
}
