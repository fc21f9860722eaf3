/** Sentences of the officer page: titles, numbers, what went wrong and what to do about it. Pure. */
import type { Problem } from "../core/api";
import type { Change, Draft, Face, Plane } from "../core/drafts-api";
import { compareNatural, formatNumber } from "../core/format";
import { type Key, type Lang, type Translate, isKey } from "../core/i18n";
import { nameOf } from "./scene";
import { type State, isFresh, mayEdit } from "./state";
import { replaced } from "./step";

/** Between thousands, as survey tables write long coordinates; no line breaks there. */
const GAP = "\u00a0";

/** A coordinate to the millimetre: "1 250 824,518" in Vietnamese. */
export function formatCoordinate(lang: Lang, metres: number): string {
  const [whole = "", part = ""] = Math.abs(metres).toFixed(3).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, GAP);
  return `${metres < 0 ? "−" : ""}${grouped}${lang === "vi" ? "," : "."}${part}`;
}

/** A number in a table of areas: the unit stands in the table's head. */
export function formatCell(lang: Lang, squareMetres: number | null): string {
  return squareMetres === null ? "–" : formatNumber(lang, squareMetres, 1);
}

export function planeLabel(lang: Lang, { label }: Plane): string {
  return typeof label === "string" ? label : label[lang];
}

export function faceTitle(t: Translate, { number, sheet }: Face): string {
  if (!number) return t("officer.look.no_number");
  return t("officer.look.title", { number, sheet: sheet ?? "–" });
}

/** What a whole change does, in one line. */
export function changeTitle(t: Translate, change: Change): string {
  const join = (faces: readonly Face[]): string =>
    replaced(faces).map(nameOf).sort(compareNatural).join(", ");
  const values = { before: join(change.before), after: join(change.after) };
  const [from, to] = [replaced(change.before).length, replaced(change.after).length];
  if (from === 1 && to > 1) return t("officer.read.split", values);
  return t(from > 1 && to === 1 ? "officer.read.merged" : "officer.read.changed", values);
}

export function stateText(t: Translate, { state, step }: Draft): string {
  if (state === "open" && step > 0) return t("officer.state.open_steps", { step });
  return t(`officer.state.${state}`);
}

/** Why nothing can be drawn now; null when it can. */
export function whyNoTool(t: Translate, state: State): string | null {
  const { draft, isWide } = state;
  if (mayEdit(state)) return null;
  if (!draft) return t("officer.tool.why_no_draft");
  if (!isWide) return t("officer.tool.why_narrow");
  if (draft.state === "open" || draft.state === "returned") return t("officer.tool.why_right");
  return t("officer.tool.why_state", { state: stateText(t, draft).toLowerCase() });
}

/** Why the open draft cannot be submitted now; null when it can. */
export function whyNoSubmit(t: Translate, { draft, operation, outlook }: State): string | null {
  if (!draft) return t("officer.tool.why_no_draft");
  if (outlook.preview || operation.kind === "split") return t("officer.bar.no_submit_work");
  if (!draft.change) return t("officer.bar.no_submit_empty");
  const { reference, documents } = draft.basis;
  return reference || documents.length > 0 ? null : t("officer.bar.no_submit_basis");
}

const BY_STATUS: Readonly<Record<number, Key>> = {
  0: "officer.code.offline",
  401: "officer.code.not_signed_in",
  403: "officer.code.not_allowed",
  404: "officer.code.not_found",
};

/** What a refusal means and what to do, in the reader's language where the code is known. */
export function explain(t: Translate, { status, code, detail }: Pick<Problem, "status" | "code" | "detail">): string {
  const key = `officer.code.${code}`;
  if (isKey(key)) return t(key);
  const general = BY_STATUS[status];
  if (general) return t(general);
  return status >= 500 || !detail ? t("officer.code.server") : detail;
}

/** Why the operation cannot be accepted as it stands; null when nothing speaks against it. */
export function whyNotYet(t: Translate, state: State): { text: string; code: string } | null {
  const { problem, preview } = state.outlook;
  if (problem) return { text: explain(t, problem), code: problem.code };
  const refusal = isFresh(state) ? preview?.refusal : null;
  // The proposal is about to be sent back as the allocation: nothing to say about it meanwhile.
  if (!refusal || refusal.code === "allocation_missing") return null;
  return { text: explain(t, { ...refusal, status: 422 }), code: refusal.code };
}
