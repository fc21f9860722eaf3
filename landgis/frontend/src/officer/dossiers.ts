/** The dossiers: mine and those to review, the form for a new one, and what one is before a parcel is chosen. */
import { html, nothing } from "lit";
import { type Draft, type Heading, documentUrl } from "../core/drafts-api";
import { formatTime } from "../core/format";
import { type Parts, type View, balanceTable, checks, heading, papers, section, skeleton } from "./parts";
import { about } from "./reading";
import { stateText } from "./words";

export const ACCEPTED = "application/pdf,image/png,image/jpeg,.pdf,.png,.jpg,.jpeg";

export function listPanel(view: View): Parts {
  const { state, t, actions } = view;
  const may = state.session?.may ?? {};
  const [isAuthor, isReviewer] = ["edit" in may, "review" in may];
  const { lists } = state;
  const group = (title: string, drafts: readonly Draft[], none: string) =>
    section(title, drafts.length > 0 ? html`<ul class="dossiers">${drafts.map((one) => line(view, one))}</ul>` : html`<p class="caveat">${none}</p>`);
  const body = lists
    ? html`${isAuthor ? group(t("officer.list.mine"), lists.mine, t("officer.list.none_mine")) : nothing}
      ${group(t(isReviewer ? "officer.list.review" : "officer.list.review_all"), lists.review, t("officer.list.none_review"))}`
    : skeleton(t("officer.list.loading"));
  return {
    kind: "list",
    head: heading(t("officer.list.title")),
    body,
    ...(isAuthor
      ? { foot: html`<div class="foot-row"><button class="button primary" @click=${actions.newForm}>${t("officer.list.new")}</button></div>` }
      : {}),
  };
}

function line({ t, actions }: View, draft: Draft) {
  const tone = { open: "plain-pill", submitted: "info", returned: "warn", approved: "ok", abandoned: "plain-pill" }[draft.state];
  return html`<li><button @click=${() => actions.open(draft.id)}>
    <b>${draft.record_no}</b> <span class="pill ${tone}">${stateText(t, draft)}</span>
    <span class="reason">${draft.reason}</span>
    <span class="caveat">${t("officer.list.by", { author: draft.author, time: formatTime(draft.updated_at) })}</span>
  </button></li>`;
}

export function formPanel(view: View): Parts {
  const { state, t, actions } = view;
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const file = form.get("file");
    actions.create(readHeading(form), file instanceof File && file.size > 0 ? file : null);
  };
  return {
    kind: "form",
    head: heading(t("officer.form.title")),
    body: html`<form id="new-dossier" class="facts form" @submit=${submit}>
      ${headingFields(view, null)}
      <label>
        <span>${t("officer.form.file")}</span>
        <input type="file" name="file" accept=${ACCEPTED} />
        <small class="caveat">${t("officer.form.file_hint")}</small>
      </label>
    </form>`,
    foot: html`<div class="foot-row">
      <button class="button primary" form="new-dossier" ?disabled=${state.busy === "create"}>${t("officer.form.create")}</button>
      <button class="button" type="button" @click=${actions.home}>${t("officer.form.cancel")}</button>
    </div>`,
  };
}

export function readHeading(form: FormData): Heading {
  const text = (name: string): string => String(form.get(name) ?? "").trim();
  return { record_no: text("record_no"), reason: text("reason"), basis: text("basis") };
}

export function headingFields({ t }: View, draft: Draft | null) {
  return html`<label>
      <span>${t("officer.form.record_no")}</span>
      <input name="record_no" required maxlength="100" autocomplete="off" data-focus .value=${draft?.record_no ?? ""} />
    </label>
    <label>
      <span>${t("officer.form.reason")}</span>
      <input name="reason" required maxlength="500" autocomplete="off" .value=${draft?.reason ?? ""} />
    </label>
    <label>
      <span>${t("officer.form.basis")}</span>
      <input name="basis" maxlength="500" autocomplete="off" .value=${draft?.basis.reference ?? ""} />
      <small class="caveat">${t("officer.form.basis_hint")}</small>
    </label>`;
}

/** An open dossier with no parcel in hand: what it holds so far and what to do next. */
export function overviewPanel(view: View, draft: Draft): Parts {
  const { t, actions } = view;
  const { change } = draft;
  return {
    kind: "overview",
    head: heading(t("officer.over.title", { record_no: draft.record_no }), t("officer.over.tools")),
    body: html`
      ${draft.state === "returned" && draft.comment
        ? html`<p class="facts note warn">${t("officer.over.returned", { reviewer: draft.reviewer ?? "–", comment: draft.comment })}</p>`
        : nothing}
      <p class="facts hint">${t(change ? "officer.over.next_more" : "officer.over.next")}</p>
      ${section(
        t("officer.over.changes"),
        change ? balanceTable(view, change) : html`<p class="caveat">${t("officer.over.no_changes")}</p>`,
      )}
      ${change ? checks(view, change) : nothing}
      ${section(t("officer.over.basis"), html`${papers(view, draft, documentUrl)} ${fileButton(view)}`)} ${about(view, draft)}
      <p class="facts links">
        <button class="link" @click=${() => actions.dialog("edit")}>${t("officer.over.edit")}</button>
        ${draft.may.includes("abandon")
          ? html`<button class="link" @click=${() => actions.dialog("abandon")}>${t("officer.over.abandon")}</button>`
          : nothing}
      </p>
    `,
  };
}

function fileButton({ state, t, actions }: View) {
  const choose = (event: Event): void => {
    const input = event.target as HTMLInputElement;
    const [file] = input.files ?? [];
    if (file) actions.attach(file);
    input.value = "";
  };
  return html`<label class="upload">
    <input class="sr-only" type="file" accept=${ACCEPTED} ?disabled=${state.busy === "attach"} @change=${choose} />
    <span class="button">${t(state.busy === "attach" ? "officer.status.saving" : "officer.over.add_file")}</span>
    <small class="caveat">${t("officer.form.file_hint")}</small>
  </label>`;
}
