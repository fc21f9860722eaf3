/** The card under the search: a parcel, a place, a list to choose from, or one sentence. */
import { type TemplateResult, html, nothing } from "lit";
import type { Problem } from "../core/api";
import { parcelTitle } from "../core/format";
import type { Key, Translate } from "../core/i18n";
import type { Ask, ParcelAsk } from "../core/query";
import { type Found, told } from "../core/search";
import type { Choice, Choices, ListPanel, Panel, State, Stop } from "../core/store";
import { suggestions } from "../core/suggest";
import { back, cross } from "../core/icons";
import { parcelBody, parcelHead } from "./parcel-card";
import { placeBody, placeHead, resultsBody, resultsTitle, sentences } from "./results";
import { dragSheet, nextStop } from "./sheet";

export interface PanelActions {
  readonly ask: (ask: Ask) => void;
  readonly open: (found: Found) => void;
  readonly close: () => void;
  readonly goBack: () => void;
  readonly stop: (stop: Stop) => void;
  readonly copy: (address: string) => void;
}

interface Parts {
  readonly head: TemplateResult;
  readonly body: TemplateResult;
  readonly foot?: TemplateResult;
}

type Shown = Exclude<Panel, { readonly kind: "closed" }>;

export function panelCard(state: State, t: Translate, actions: PanelActions) {
  if (state.panel.kind === "closed") return nothing;
  const { head, body, foot } = parts(state, state.panel, t, actions);
  return html`<section class="card paper" data-stop=${state.stop} data-kind=${state.panel.kind}>
    ${grip(state.stop, t, actions)}
    <header @pointerdown=${(event: PointerEvent) => startDrag(event, actions)}>
      <div class="head">${head}</div>
      <button class="plain" title=${t("parcel.close")} aria-label=${t("parcel.close")}
        @click=${actions.close}>${cross}</button>
    </header>
    <div class="body" tabindex="0">${body}</div>
    ${foot ? html`<footer>${foot}</footer>` : nothing}
  </section>`;
}

function grip(stop: Stop, t: Translate, actions: PanelActions) {
  const press = (): void => actions.stop(stop === "full" ? "peek" : nextStop(stop, 1));
  const key = (event: KeyboardEvent): void => {
    if (event.code !== "ArrowUp" && event.code !== "ArrowDown") return;
    event.preventDefault();
    actions.stop(nextStop(stop, event.code === "ArrowUp" ? 1 : -1));
  };
  return html`<button class="grip" @click=${press} @keydown=${key}
    aria-label=${t(stop === "full" ? "sheet.less" : "sheet.more")}
    @pointerdown=${(event: PointerEvent) => startDrag(event, actions)}></button>`;
}

function startDrag(event: PointerEvent, actions: PanelActions): void {
  const sheet = (event.currentTarget as HTMLElement).closest<HTMLElement>(".card");
  if (sheet) dragSheet(event, sheet, actions.stop);
}

function parts(state: State, panel: Shown, t: Translate, actions: PanelActions): Parts {
  switch (panel.kind) {
    case "parcel":
      return {
        head: html`${backButton(state, t, actions)}
        ${parcelHead(panel.parcel.properties, { lang: state.lang, t })}`,
        body: html`${sentences(state.found ? told(state.found, state.lang) : [])}
        ${parcelBody(panel.parcel.properties, { lang: state.lang, t })}`,
        foot: parcelFoot(state, panel.parcel.properties.fid, t, actions),
      };
    case "choices":
      return { head: heading(choicesTitle(panel.choices, t)), body: choices(panel.choices, t, actions) };
    case "results":
      return {
        head: heading(resultsTitle(panel.answer, t)),
        body: resultsBody(panel.answer, state.lang, t, actions.open),
      };
    case "place":
      return {
        head: html`${backButton(state, t, actions)}${placeHead(panel.result, state.lang)}`,
        body: html`${state.found ? placeBody(state.found, state.lang, t) : nothing}`,
      };
    case "nothing":
      return { head: heading(nothingText(panel.ask, t), true), body: html`` };
    case "problem":
      return problem(panel.ask, panel.problem, t, actions);
    case "loading":
      return { head: heading(loadingText(panel.ask, t)), body: skeleton };
  }
}

function heading(text: string, isSentence = false) {
  return html`<h2 class=${isSentence ? "sentence" : ""} tabindex="-1" data-focus>${text}</h2>`;
}

const skeleton = html`<div class="skeleton" aria-hidden="true">
  ${[62, 88, 40, 88, 74, 50].map(
    (width) => html`<svg height="14" width="100%"><rect height="14" width="${width}%" rx="4" /></svg>`,
  )}
</div>`;

function backButton(state: State, t: Translate, actions: PanelActions) {
  if (!state.back) return nothing;
  return html`<button class="link" @click=${actions.goBack}>
    ${back}${t("list.back", { count: lengthOf(state.back) })}
  </button>`;
}

function lengthOf(list: ListPanel): number {
  return list.kind === "choices" ? list.choices.items.length : list.answer.results.length;
}

function parcelFoot(state: State, fid: number, t: Translate, actions: PanelActions) {
  const address = `/${state.lang === "vi" ? "thua" : "parcel"}/${fid}`;
  return html`<a class="button primary" href=${address}>${t("parcel.page")}</a>
    <button class="button" @click=${() => actions.copy(address)}>
      ${t(state.copied === "yes" ? "parcel.copied" : "parcel.copy")}
    </button>
    ${state.copied === "failed" ? html`<p class="caveat">${t("parcel.copy_failed")}</p>` : nothing}`;
}

function choicesTitle({ why, items, total }: Choices, t: Translate): string {
  if (why === "point") return t("point.stack", { count: total });
  if (total === 0) return t("list.none_in_view");
  if (total > items.length) return t("list.in_view_some", { shown: items.length, count: total });
  return t("list.in_view");
}

function choices({ items }: Choices, t: Translate, actions: PanelActions) {
  const line = (item: Choice) => html`<li>
    <button @click=${() => actions.ask({ kind: "id", id: String(item.fid) })}>
      <b>${parcelTitle(t, item.sheet, item.number)}</b>
      <span>${item.detail}</span>
    </button>
  </li>`;
  return html`<ul class="choices">${items.map(line)}</ul>`;
}

function loadingText(ask: Ask, t: Translate): string {
  return t(ask.kind === "search" ? "find.loading" : "parcel.loading");
}

function nothingText(ask: ParcelAsk, t: Translate): string {
  return t(ask.kind === "point" ? "point.none" : "error.not_found");
}

/** What happened, what is safe, what to do; the server's own sentence when it refused the request. */
function problem(ask: Ask, { status, code, detail }: Problem, t: Translate, actions: PanelActions): Parts {
  const known: Readonly<Record<number, Key>> = {
    0: "error.offline",
    404: "error.not_found",
    429: "error.too_many",
  };
  const key = known[status] ?? "error.server";
  const text = status >= 400 && status < 500 && !known[status] && detail ? detail : t(key);
  return {
    head: heading(t("error.title")),
    body: html`<p class="facts">${text}</p>
      <p class="caveat foot-note">${t("error.code", { code })}</p>`,
    foot: html`<button class="button primary" @click=${() => actions.ask(ask)}>${t("error.retry")}</button>`,
  };
}

/** One line for the status region: what the card now says. */
export function announcement({ panel, lang, suggesting }: State, t: Translate): string {
  const { length } = suggestions(suggesting);
  if (length > 0) return t("find.suggested", { count: length });
  switch (panel.kind) {
    case "closed":
      return "";
    case "loading":
      return loadingText(panel.ask, t);
    case "parcel": {
      const { sheet = null, number = null, unit_name, unit_code } = panel.parcel.properties;
      const unit = unit_name ?? unit_code ?? "";
      return t("parcel.announce", { title: parcelTitle(t, sheet, number), unit });
    }
    case "choices":
      return choicesTitle(panel.choices, t);
    case "results":
      return resultsTitle(panel.answer, t);
    case "place":
      return panel.result.title[lang];
    case "nothing":
      return nothingText(panel.ask, t);
    case "problem":
      return t("error.title");
  }
}
