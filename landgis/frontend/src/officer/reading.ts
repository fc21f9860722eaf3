/** A dossier as its reviewer reads it: what it changes, the balance, neighbours, checks, papers. */
import { html, nothing } from "lit";
import { type Change, type Draft, type Neighbour, documentUrl } from "../core/drafts-api";
import { compareNatural, formatTime } from "../core/format";
import { type Parts, type View, balanceTable, checks, heading, papers, section } from "./parts";
import type { Compare } from "./state";
import { changeTitle, formatCell, planeLabel } from "./words";

export function readingPanel(view: View, draft: Draft): Parts {
  const { state, t } = view;
  const { change } = draft;
  return {
    kind: "reading",
    head: heading(change ? changeTitle(t, change) : t("officer.read.title"), change && planeLabel(state.lang, change.plane)),
    body: html`${standing(view, draft)} ${change ? changed(view, change) : nothing}
      ${section(t("officer.read.papers"), papers(view, draft, documentUrl))} ${about(view, draft)}`,
  };
}

/** What the reader must know before anything else. */
function standing({ t, state: { isWide } }: View, { state, may, revision, reviewer, comment }: Draft) {
  if (may.includes("edit") && !isWide) return html`<p class="facts hint">${t("officer.tool.why_narrow")}</p>`;
  if (state === "approved") {
    return html`<p class="facts note ok">${t("officer.read.approved", { revision: revision ?? "–" })}</p>`;
  }
  if (state === "returned" && comment) {
    return html`<p class="facts note warn">${t("officer.over.returned", { reviewer: reviewer ?? "–", comment })}</p>`;
  }
  if (state !== "submitted") return nothing;
  return html`<p class="facts hint">${t(may.includes("approve") ? "officer.read.shown" : "officer.read.own")}</p>`;
}

function changed(view: View, change: Change) {
  const { t } = view;
  return html`<section class="facts">${compareSwitch(view)}</section>
    ${section(t("officer.read.balance"), balanceTable(view, change))}
    ${change.neighbours.length > 0
      ? section(t("officer.read.neighbours"), html`<ul class="neighbours">${sorted(change).map((one) => neighbour(view, one))}</ul>`)
      : nothing}
    ${checks(view, change)}`;
}

function sorted({ neighbours }: Change): Neighbour[] {
  return [...neighbours].sort((a, b) => compareNatural(a.number ?? "", b.number ?? ""));
}

function neighbour({ state: { lang }, t }: View, { number, sheet, nodes_added, before_m2, after_m2 }: Neighbour) {
  const values = { number: number ?? "–", sheet: sheet ?? "–", nodes: nodes_added };
  const areas = { before: formatCell(lang, before_m2), after: formatCell(lang, after_m2) };
  return html`<li>
    <span>${t("officer.read.neighbour", values)}</span>
    <small class="caveat">${t("officer.read.neighbour_area", areas)}</small>
  </li>`;
}

const WAYS: readonly Compare[] = ["before", "after", "both"];

function compareSwitch({ state, t, actions }: View) {
  const choice = (way: Compare) => html`<label>
    <input type="radio" name="compare" .checked=${state.compare === way} @change=${() => actions.compare(way)} />
    <span>${t(`officer.read.${way}`)}</span>
  </label>`;
  return html`<h3 id="compare">${t("officer.read.compare")} <kbd>B</kbd></h3>
    <div class="switch" role="radiogroup" aria-labelledby="compare">${WAYS.map(choice)}</div>`;
}

/** Who did what and when. */
export function about({ t }: View, draft: Draft) {
  const row = (name: string, value: string | null) =>
    value ? html`<div><dt>${name}</dt><dd class="text">${value}</dd></div>` : nothing;
  const time = (iso: string | null): string | null => (iso ? formatTime(iso) : null);
  return section(
    t("officer.read.about"),
    html`<dl class="ledger small">
      ${row(t("officer.over.reason"), draft.reason)} ${row(t("officer.over.author"), draft.author)}
      ${row(t("officer.over.submitted"), time(draft.submitted_at))}
      ${row(t("officer.over.reviewer"), draft.reviewer)}
      ${row(t("officer.over.decided"), time(draft.decided_at))}
    </dl>`,
  );
}
