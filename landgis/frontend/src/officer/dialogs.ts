/** What is asked in between: the comment of a return, giving a dossier up, its heading, the keys. */
import { html, nothing } from "lit";
import type { Key } from "../core/i18n";
import { headingFields, readHeading } from "./dossiers";
import type { View } from "./parts";
import { trouble } from "./trouble";

/** The page opens what stands here as a modal dialog; Esc closes it, as dialogs do. */
export function dialog(view: View) {
  const { state, actions } = view;
  const body = content(view);
  if (body === nothing) return nothing;
  return html`<dialog class="paper" data-dialog=${state.dialog} aria-labelledby="dialog-title"
    @close=${() => actions.dialog("none")}>${trouble(view)} ${body}</dialog>`;
}

function content(view: View) {
  const { draft, dialog: which } = view.state;
  if (which === "keys") return keys(view);
  if (!draft) return nothing;
  switch (which) {
    case "return":
      return giveBack(view, draft.record_no);
    case "abandon":
      return abandon(view, draft.record_no);
    case "edit":
      return edit(view);
    default:
      return nothing;
  }
}

function giveBack({ state, t, actions }: View, record_no: string) {
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const comment = String(new FormData(event.currentTarget as HTMLFormElement).get("comment") ?? "").trim();
    if (comment) actions.giveBack(comment);
  };
  return html`<form class="form" @submit=${submit}>
    <h2 id="dialog-title">${t("officer.return.title", { record_no })}</h2>
    <label>
      <span>${t("officer.return.comment")}</span>
      <textarea name="comment" rows="4" required maxlength="2000"></textarea>
      <small class="caveat">${t("officer.return.hint")}</small>
    </label>
    <div class="foot-row">
      <button class="button primary" ?disabled=${state.busy === "return"}>${t("officer.return.go")}</button>
      <button class="button" type="button" @click=${() => actions.dialog("none")}>${t("officer.form.cancel")}</button>
    </div>
  </form>`;
}

function abandon({ t, actions }: View, record_no: string) {
  return html`<h2 id="dialog-title">${t("officer.abandon.title", { record_no })}</h2>
    <p>${t("officer.abandon.text")}</p>
    <div class="foot-row">
      <button class="button danger" @click=${actions.abandon}>${t("officer.abandon.go")}</button>
      <button class="button" @click=${() => actions.dialog("none")}>${t("officer.form.cancel")}</button>
    </div>`;
}

function edit(view: View) {
  const { state, t, actions } = view;
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    actions.rename(readHeading(new FormData(event.currentTarget as HTMLFormElement)));
  };
  return html`<form class="form" @submit=${submit}>
    <h2 id="dialog-title">${t("officer.form.edit_title")}</h2>
    ${headingFields(view, state.draft)}
    <div class="foot-row">
      <button class="button primary" ?disabled=${state.busy === "rename"}>${t("officer.form.save")}</button>
      <button class="button" type="button" @click=${() => actions.dialog("none")}>${t("officer.form.cancel")}</button>
    </div>
  </form>`;
}

const KEYS: readonly (readonly [string, Key])[] = [
  ["V", "officer.keys.select"],
  ["L", "officer.keys.split"],
  ["M", "officer.keys.merge"],
  ["S", "officer.keys.snap"],
  ["F", "officer.keys.find"],
  ["G", "officer.keys.map"],
  ["← ↑ → ↓", "officer.keys.arrows"],
  ["Enter", "officer.keys.enter"],
  ["Backspace", "officer.keys.backspace"],
  ["Esc", "officer.keys.escape"],
  ["Ctrl Z · Ctrl Shift Z", "officer.keys.undo"],
  ["Ctrl Enter", "officer.keys.submit"],
  ["B", "officer.keys.compare"],
  ["+ −", "officer.keys.zoom"],
  ["?", "officer.keys.help"],
];

function keys({ t, actions }: View) {
  return html`<h2 id="dialog-title">${t("officer.keys.title")}</h2>
    <dl class="keys">
      ${KEYS.map(([key, does]) => html`<div><dt><kbd>${key}</kbd></dt><dd>${t(does)}</dd></div>`)}
    </dl>
    <div class="foot-row"><button class="button" @click=${() => actions.dialog("none")}>${t("officer.keys.close")}</button></div>`;
}
