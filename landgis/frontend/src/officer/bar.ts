/** The bar on top: which dossier and in what state, its steps, what ends it, who is signed in. */
import { type TemplateResult, html, nothing } from "lit";
import type { Lang, Translate } from "../core/i18n";
import { redo, rows, undo } from "./icons";
import type { View } from "./parts";
import { stateText, whyNoSubmit } from "./words";

const TONES = { open: "info", submitted: "info", returned: "warn", approved: "ok", abandoned: "plain-pill" } as const;

export function bar(view: View) {
  const { state, t, actions } = view;
  const { draft } = state;
  return html`<header class="bar">
    <a class="brand" href="/${state.lang}/">landgis</a>
    <button class="button quiet" @click=${actions.home}>${rows}<span>${t("officer.bar.list")}</span></button>
    ${draft
      ? html`<p class="dossier">
            <b>${draft.record_no}</b> <span>${draft.reason}</span>
          </p>
          <span class="pill ${TONES[draft.state]}">${stateText(t, draft)}</span>`
      : html`<h1 class="dossier"><b>${t("officer.title")}</b></h1>`}
    <span class="spring"></span>
    ${draft?.may.includes("edit") ? steps(view) : nothing} ${decisions(view)} ${who(view)} ${languages(view)}
  </header>`;
}

/** A button that cannot be pressed now stays in reach and says why. */
export function reasoned(
  label: string,
  why: string | null,
  press: () => void,
  content: TemplateResult | string,
  kind = "",
) {
  return html`<button class="button ${kind}" aria-label=${why ? `${label}. ${why}` : label} title=${why ?? label}
    aria-disabled=${why ? "true" : "false"} @click=${() => why ?? press()}>${content}</button>`;
}

function steps({ state, t, actions }: View) {
  const { draft } = state;
  if (!draft) return nothing;
  const noUndo = draft.step > 0 ? null : t("officer.bar.no_undo");
  const noRedo = draft.step < draft.steps ? null : t("officer.bar.no_redo");
  return html`${reasoned(t("officer.bar.undo"), noUndo, actions.undo, undo, "square")}
    ${reasoned(t("officer.bar.redo"), noRedo, actions.redo, redo, "square")}`;
}

function decisions(view: View) {
  const { state, t, actions } = view;
  const { draft, busy } = state;
  if (!draft) return nothing;
  const may = new Set(draft.may);
  const saving = t("officer.status.saving");
  const isAuthors = may.has("edit") || may.has("submit");
  return html`${isAuthors
    ? reasoned(t("officer.bar.submit"), whyNoSubmit(t, state), actions.submit, busy === "submit" ? saving : t("officer.bar.submit"), "primary")
    : nothing}
  ${may.has("return")
    ? html`<button class="button" @click=${() => actions.dialog("return")}>${t("officer.bar.return")}</button>`
    : nothing}
  ${may.has("approve")
    ? html`<button class="button primary" ?disabled=${busy === "approve"} @click=${actions.approve}>
        ${busy === "approve" ? saving : t("officer.bar.approve")}
      </button>`
    : nothing}`;
}

function who({ state, t }: View) {
  const { session } = state;
  if (!session?.account) return nothing;
  const name = session.account.shown_as;
  return html`<a class="who" href="/account" title=${t("officer.bar.signed_in", { name })}>${name}</a>
    <form method="post" action="/logout">
      <input type="hidden" name="csrf" value=${session.csrf ?? ""} />
      <button class="link">${t("officer.bar.sign_out")}</button>
    </form>`;
}

function languages({ state, t, actions }: View) {
  return html`<nav class="languages" aria-label=${t("lang.group")}>
    ${(["vi", "en"] as const).map((lang) => language(lang, state.lang, t, actions.language))}
  </nav>`;
}

function language(lang: Lang, now: Lang, t: Translate, choose: (lang: Lang) => void) {
  return html`<a href=${`/officer?lang=${lang}`} lang=${lang} hreflang=${lang} title=${t(`lang.${lang}`)}
    aria-current=${lang === now ? "true" : nothing}
    @click=${(event: MouseEvent) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      choose(lang);
    }}>${lang.toUpperCase()}</a>`;
}
