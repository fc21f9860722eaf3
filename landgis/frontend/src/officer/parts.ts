/** What every panel of the officer page is made of: its three parts, checks, tables of areas. */
import { type TemplateResult, html, nothing } from "lit";
import type { PageConfig } from "../core/api";
import type { Change, Check, Draft, Face, Heading } from "../core/drafts-api";
import type { Shape } from "../core/extent";
import { formatNumber } from "../core/format";
import { type Key, type Lang, type Translate, isKey } from "../core/i18n";
import type { Looks } from "../core/looks";
import type { Tool } from "./operation";
import { nameOf } from "./scene";
import type { Compare, State } from "./state";
import { replaced } from "./step";
import { formatCell } from "./words";

/** A parcel that a search has found. */
export interface Found {
  readonly parcel_id: string;
  readonly fid: number | null;
  readonly geometry: Shape;
}

export interface Actions {
  readonly home: () => void;
  readonly newForm: () => void;
  readonly create: (heading: Heading, file: File | null) => void;
  readonly open: (id: string) => void;
  readonly rename: (heading: Heading) => void;
  readonly attach: (file: File) => void;
  readonly abandon: () => void;
  readonly tool: (tool: Tool) => void;
  readonly snap: () => void;
  readonly find: (text: string) => void;
  /** Go to a parcel that was found, and take it in hand where that may be. */
  readonly goTo: (place: Found) => void;
  /** Take the parcel in hand, by its canonical id or its fid. */
  readonly take: (parcel: string) => void;
  readonly drop: () => void;
  readonly accept: () => void;
  readonly finish: () => void;
  readonly addNode: (id: string) => void;
  readonly addPoint: (north: string, east: string) => boolean;
  readonly setPoint: (at: number, north: string, east: string) => boolean;
  readonly removePoint: (at: number) => void;
  readonly address: (address: string) => void;
  readonly type: (child: number, column: number, text: string) => void;
  readonly undo: () => void;
  readonly redo: () => void;
  readonly submit: () => void;
  readonly approve: () => void;
  readonly giveBack: (comment: string) => void;
  readonly compare: (compare: Compare) => void;
  readonly dialog: (dialog: State["dialog"]) => void;
  readonly language: (lang: Lang) => void;
  readonly retry: () => void;
  readonly dismiss: () => void;
}

/** Everything a template needs to speak. */
export interface View {
  readonly looks: Looks;
  readonly state: State;
  readonly config: PageConfig;
  readonly t: Translate;
  readonly actions: Actions;
}

export interface Parts {
  readonly kind: string;
  readonly head: TemplateResult;
  readonly body: TemplateResult;
  readonly foot?: TemplateResult;
}

export const heading = (title: string, caveat: string | null = null) => html`<h2 tabindex="-1" data-focus>${title}</h2>
  ${caveat === null ? nothing : html`<p class="caveat">${caveat}</p>`}`;

export const section = (title: string, body: unknown) => html`<section class="facts">
  <h3>${title}</h3>
  ${body}
</section>`;

export function skeleton(label: string) {
  return html`<div class="skeleton" role="img" aria-label=${label}>
    ${[62, 88, 74, 88, 50].map(
      (width) => html`<svg height="14" width="100%"><rect height="14" width="${width}%" rx="4" /></svg>`,
    )}
  </div>`;
}

const TONES = { pass: "ok", warning: "warn", fail: "bad", untested: "warn" } as const;

/** Pills, and under them the sentence that explains each that is not green. */
export function checks({ state, t }: View, { checks: found }: Change) {
  if (found.length === 0) return nothing;
  const name = ({ code, outcome }: Check): string => {
    const [said, key] = [`officer.check.${code}.${outcome}`, `officer.check.${code}`];
    return isKey(said) ? t(said) : isKey(key) ? t(key) : code;
  };
  const pill = (check: Check) => html`<li class="pill ${TONES[check.outcome]}">
    ${t(`officer.outcome.${check.outcome}`, { name: name(check) })}
  </li>`;
  const told = found.filter(({ outcome }) => outcome !== "pass");
  return section(
    t("officer.checks.title"),
    html`<ul class="pills">
        ${found.map(pill)}
      </ul>
      ${told.map((check) => html`<p class="caveat">${check.message[state.lang]}</p>`)}`,
  );
}

/** The codes of every land use that a change is about, in the order they first appear. */
export function usesOf(faces: readonly Face[]): readonly string[] {
  return [...new Set(faces.flatMap((face) => face.land_uses.map((use) => use.code)))];
}

export const USE_GIVEN = "✓";

function useCell(lang: Lang, face: Face, code: string): string {
  const share = face.land_uses.find((use) => use.code === code);
  if (!share) return "–";
  return share.area_m2 === null ? USE_GIVEN : formatCell(lang, share.area_m2);
}

/** Head of a table of areas: parcel, measured, register, one column a land use. */
export function ledgerHead({ state, config, t }: View, codes: readonly string[]) {
  const use = (code: string) => html`<th scope="col"
    title=${config.landUses[code]?.name[state.lang] ?? code}>${code}</th>`;
  return html`<caption class="sr-only">${t("officer.ledger.caption")}</caption>
    <thead>
      <tr>
        <th scope="col">${t("officer.ledger.parcel")}</th>
        <th scope="col">${t("officer.ledger.measured")}</th>
        <th scope="col">${t("officer.ledger.register")}</th>
        ${codes.map(use)}
      </tr>
    </thead>`;
}

/** One parcel of a table of areas, as the server states it. */
export function ledgerRow(lang: Lang, face: Face, at: number, codes: readonly string[], isStruck: boolean) {
  const name = nameOf(face, at);
  return html`<tr class=${isStruck ? "struck" : ""}>
    <th scope="row">${isStruck ? html`<s>${name}</s>` : name}</th>
    <td>${formatCell(lang, face.area_m2)}</td>
    <td>${formatCell(lang, face.register_area_m2)}</td>
    ${codes.map((code) => html`<td>${useCell(lang, face, code)}</td>`)}
  </tr>`;
}

/** A whole change as a table: what ends, struck; what comes; the sums of both, which must match. */
export function balanceTable(view: View, change: Change, isExact = true) {
  const { state: { lang }, t } = view;
  const [before, after] = [replaced(change.before), replaced(change.after)];
  const codes = usesOf([...before, ...after]);
  const { balance } = change;
  const sum = (label: Key, measured: number, register: string) => html`<tr class="sum">
    <th scope="row">${t(label)}</th>
    <td>${isExact ? "" : "≈ "}${formatCell(lang, measured)}</td>
    <td>${register}</td>
    ${codes.map(() => html`<td></td>`)}
  </tr>`;
  return html`<div class="table"><table>
    ${ledgerHead(view, codes)}
    <tbody>${before.map((face, at) => ledgerRow(lang, face, at, codes, true))}</tbody>
    <tbody>${after.map((face, at) => ledgerRow(lang, face, at, codes, false))}</tbody>
    <tfoot>
      ${sum("officer.read.before_rows", balance.before_m2, formatCell(lang, balance.register_before_m2))}
      ${sum("officer.read.after_rows", balance.after_m2, formatCell(lang, balance.register_after_m2))}
      ${sum("officer.read.difference", balance.difference_m2, "")}
    </tfoot>
  </table></div>`;
}

/** The papers of a dossier as links; the server sends them as downloads, never into the page. */
export function papers({ state, t }: View, draft: Draft, url: (id: string, sha256: string) => string) {
  const size = (bytes: number): string =>
    bytes < 1_000_000
      ? `${formatNumber(state.lang, Math.ceil(bytes / 1000))} kB`
      : `${formatNumber(state.lang, bytes / 1_000_000, 1)} MB`;
  const { reference, documents } = draft.basis;
  if (!reference && documents.length === 0) return html`<p class="caveat">${t("officer.over.no_basis")}</p>`;
  return html`${reference ? html`<p>${reference}</p>` : nothing}
    <ul class="papers">
      ${documents.map(
        (file) => html`<li>
          <a href=${url(draft.id, file.sha256)} download=${file.name}
            aria-label=${t("officer.over.opens_elsewhere", { name: file.name, size: size(file.bytes) })}>${file.name}</a>
          <span class="caveat">${size(file.bytes)}</span>
        </li>`,
      )}
    </ul>`;
}
