/** The panel of a split: the ledger that must add up, the points of the cut, the checks. */
import { html, nothing } from "lit";
import { live } from "lit/directives/live.js";
import type { Face } from "../core/drafts-api";
import { formatNumber } from "../core/format";
import { foot } from "./foot";
import { type Column, GIVEN, type Sum, columnsOf, sums } from "./ledger";
import type { Split } from "./operation";
import { type Parts, type View, checks, heading, ledgerHead, ledgerRow } from "./parts";
import { pointsSection } from "./points";
import { nameOf } from "./scene";
import { isFresh, proposedStep } from "./state";
import { type Step, replaced } from "./step";
import { faceTitle, formatCell } from "./words";

export function splitPanel(view: View, split: Split): Parts {
  const { state, t } = view;
  const face = split.parcel === null ? undefined : state.faces.get(split.parcel);
  if (!face) {
    return { kind: "split", head: heading(t("officer.split.title_any")), body: hint(t("officer.split.pick")) };
  }
  const { number, sheet } = face;
  const title = number ? t("officer.split.title", { number, sheet: sheet ?? "–" }) : faceTitle(t, face);
  const change = proposedStep(state);
  return {
    kind: "split",
    head: heading(title, t("officer.split.fate", { unit: face.unit_name ?? face.unit_code ?? "–" })),
    body: html`${ledger(view, split, face, change)}
      ${pointsSection(view, split, face, change)}
      ${change ? checks(view, change) : nextStep(view, split)}`,
    foot: foot(view, split),
  };
}

/** What to do next; a refusal speaks for itself in the foot. */
function nextStep({ state, t }: View, { line, isOpen }: Split) {
  if (line.length === 0) return hint(t("officer.split.first"));
  if (line.length < 2 || (isOpen && !state.outlook.problem)) return hint(t("officer.split.second"));
  return state.outlook.problem ? nothing : hint(t("officer.foot.waiting"));
}

const hint = (text: string) => html`<p class="facts hint">${text}</p>`;

/** Rows stand before their numbers are known: nothing jumps when the preview comes. */
function ledger(view: View, split: Split, parent: Face, change: Step | null) {
  const { state: { lang }, t } = view;
  const columns = columnsOf(parent);
  const codes = columns.flatMap(({ code }) => code ?? []);
  const children = change ? replaced(change.after) : [];
  const totals = split.cells ? sums(lang, split.cells, columns) : columns.map(() => null);
  const hasUnknown = columns.some(({ code, whole }) => code !== null && whole === null);
  return html`<div class="table"><table class="ledger-table">
      ${ledgerHead(view, codes)}
      <tbody>
        ${ledgerRow(lang, parent, 0, codes, true)}
        ${children.length > 0
          ? children.map((child, at) => childRow(view, split, columns, child, at))
          : [0, 1].map((at) => emptyRow(at, columns))}
      </tbody>
      <tfoot>${sumRow(view, columns, totals, change)}</tfoot>
    </table>
    ${totals.map((sum, at) => mismatch(view, columns[at], sum))}
    ${hasUnknown && change ? html`<p class="caveat">${t("officer.ledger.unknown_use")}</p>` : nothing}
  </div>`;
}

const emptyRow = (at: number, columns: readonly Column[]) => html`<tr class="empty">
  <th scope="row">${String.fromCharCode(97 + at)}</th>
  <td>–</td>
  ${columns.map(() => html`<td>–</td>`)}
</tr>`;

function childRow(view: View, split: Split, columns: readonly Column[], child: Face, at: number) {
  const name = nameOf(child, at);
  return html`<tr>
    <th scope="row"><i class="veil" data-hue=${at % 4}></i>${name}</th>
    <td>${formatCell(view.state.lang, child.area_m2)}</td>
    ${columns.map((column, of) => html`<td>${cell(view, split, column, { child: at, column: of }, name)}</td>`)}
  </tr>`;
}

function columnName({ state, config, t }: View, { code }: Column): string {
  if (code === null) return t("officer.ledger.register");
  return config.landUses[code]?.name[state.lang] ?? code;
}

function cell(view: View, split: Split, column: Column, at: { child: number; column: number }, name: string) {
  const text = split.cells?.[at.child]?.[at.column];
  if (text === undefined || (column.code === null && column.whole === null)) return "–";
  const { t, actions } = view;
  const write = (value: string): void => actions.type(at.child, at.column, value);
  const values = { column: columnName(view, column), number: name };
  if (column.whole === null) {
    return html`<input type="checkbox" .checked=${live(text === GIVEN)}
      aria-label=${t("officer.ledger.given", values)}
      @change=${(event: Event) => write((event.target as HTMLInputElement).checked ? GIVEN : "")} />`;
  }
  return html`<input class="cell" inputmode="decimal" autocomplete="off" .value=${live(text)}
    aria-label=${t("officer.ledger.cell", values)}
    @focus=${(event: Event) => (event.target as HTMLInputElement).select()}
    @input=${(event: Event) => write((event.target as HTMLInputElement).value)}
    @keydown=${(event: KeyboardEvent) => {
      if (event.code !== "Enter" || event.isComposing || event.ctrlKey) return;
      event.preventDefault();
      actions.accept();
    }} />`;
}

/** The sums of what was typed carry "≈" until the server has said the same. */
function sumRow(view: View, columns: readonly Column[], totals: readonly (Sum | null)[], change: Step | null) {
  const { state, t } = view;
  const isSure = isFresh(state) && state.outlook.preview?.can_commit === true;
  const total = (sum: Sum | null | undefined, column: Column): string => {
    if (!sum) return column.whole === null ? "" : formatCell(state.lang, column.whole);
    if (sum.value === null) return "?";
    return `${isSure ? "" : "≈ "}${formatNumber(state.lang, sum.value, 1)}`;
  };
  return html`<tr class="sum">
    <th scope="row">${t("officer.ledger.sum")}</th>
    <td>${change ? `${change.isWhole ? "" : "≈ "}${formatCell(state.lang, change.balance.after_m2)}` : "–"}</td>
    ${columns.map((column, at) => html`<td class=${totals[at]?.off ? "off" : ""}>${total(totals[at], column)}</td>`)}
  </tr>`;
}

function mismatch(view: View, column: Column | undefined, sum: Sum | null) {
  if (!column || !sum || sum.off === 0) return nothing;
  const { state, t } = view;
  const values = { column: columnName(view, column), value: formatNumber(state.lang, Math.abs(sum.off), 1) };
  const key = Number.isNaN(sum.off)
    ? "officer.ledger.off_text"
    : sum.off < 0 ? "officer.ledger.off_less" : "officer.ledger.off_more";
  return html`<p class="caveat off">${t(key, values)}</p>`;
}
