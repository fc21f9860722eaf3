/** The search: one field with suggestions, and the language beside it. */
import { html, nothing } from "lit";
import { cross, glass, outline, place, target } from "../core/icons";
import type { Lang, Translate } from "../core/i18n";
import type { Found, Result } from "../core/search";
import type { State } from "../core/store";
import { fieldCommand, questionIn, suggestions } from "../core/suggest";
import type { Searching } from "./searching";

export interface FindActions {
  readonly search: (text: string) => void;
  readonly searching: Searching;
  /** Open what was suggested. */
  readonly take: (found: Found) => void;
  readonly language: (lang: Lang) => void;
}

/** A server refuses a longer question. */
const LONGEST = 200;

const ICONS = { parcel: outline, unit: place, place, point: target } as const;

export function findCard(state: State, t: Translate, actions: FindActions) {
  return html`<section class="find paper" id="find" aria-labelledby="find-title">
    <h1 class="sr-only" id="find-title">${t("find.title")}</h1>
    <form class="field" role="search" @submit=${(event: SubmitEvent) => submit(event, actions)}>
      ${field(state, t, actions)}
      <button type="button" class="plain clear" title=${t("find.clear")} aria-label=${t("find.clear")}
        @click=${(event: MouseEvent) => clear(event, actions)}>${cross}</button>
      <button class="primary" title=${t("find.submit")} aria-label=${t("find.submit")}>${glass}</button>
    </form>
    ${languages(state.lang, t, actions)}
    ${listbox(state, t, actions)}
  </section>`;
}

function field({ suggesting }: State, t: Translate, actions: FindActions) {
  const isOpen = suggestions(suggesting).length > 0;
  const { active } = suggesting;
  return html`<input
    name="q"
    role="combobox"
    aria-label=${t("find.label")}
    aria-autocomplete="list"
    aria-controls="find-list"
    aria-expanded=${isOpen}
    aria-activedescendant=${active === null ? nothing : `find-${active}`}
    placeholder=${t("find.hint")}
    autocomplete="off"
    autocapitalize="none"
    spellcheck="false"
    enterkeyhint="search"
    maxlength=${LONGEST}
    @input=${(event: InputEvent) => actions.searching.typed(valueOf(event), event.isComposing)}
    @compositionend=${(event: CompositionEvent) => actions.searching.typed(valueOf(event), false)}
    @keydown=${(event: KeyboardEvent) => press(event, actions)}
    @blur=${() => actions.searching.drop()}
  />`;
}

function valueOf(event: Event): string {
  return (event.currentTarget as HTMLInputElement).value;
}

function press(event: KeyboardEvent, actions: FindActions): void {
  // As it is now: what is drawn may be a key behind.
  const suggesting = actions.searching.suggesting();
  const command = fieldCommand(event, suggesting);
  if (command === null) return;
  event.preventDefault();
  // Escape closes the suggestions only: the card is the next one's.
  event.stopPropagation();
  const { answer, active } = suggesting;
  const result = suggestions(suggesting)[active ?? -1];
  if (command === "choose" && answer && result) actions.take({ answer, result });
  else if (command === "open") actions.searching.suggestFor(valueOf(event));
  else if (command === "drop") actions.searching.drop();
  else actions.searching.step(command === "previous" ? -1 : 1);
}

function submit(event: SubmitEvent, actions: FindActions): void {
  event.preventDefault();
  const input = inputOf(event);
  const text = questionIn(input.value);
  if (text) actions.search(text);
  else input.focus();
}

function clear(event: MouseEvent, actions: FindActions): void {
  const input = inputOf(event);
  input.value = "";
  actions.searching.drop();
  input.focus();
}

function inputOf(event: Event): HTMLInputElement {
  const form = (event.currentTarget as HTMLElement).closest("form");
  return form?.elements.namedItem("q") as HTMLInputElement;
}

function listbox({ suggesting, lang }: State, t: Translate, actions: FindActions) {
  const { answer, active } = suggesting;
  const option = (result: Result, index: number) => html`<li
    role="option"
    id="find-${index}"
    aria-selected=${index === active}
    @click=${() => answer && actions.take({ answer, result })}
  >
    ${ICONS[result.kind]}
    <span><b>${result.title[lang]}</b>${aside(result, lang)}</span>
  </li>`;
  const items = suggestions(suggesting);
  // The field keeps the focus, on a phone its keyboard too, until something is chosen.
  return html`<ul class="paper suggestions" role="listbox" id="find-list" aria-label=${t("find.suggestions")}
    ?hidden=${items.length === 0} @mousedown=${hold}>${items.map(option)}</ul>`;
}

/** One line of what tells a suggestion from its neighbours. */
function aside({ detail, why }: Result, lang: Lang) {
  const said = detail ?? why.at(-1);
  return said ? html`<i>${said[lang]}</i>` : nothing;
}

function hold(event: MouseEvent): void {
  event.preventDefault();
}

function languages(now: Lang, t: Translate, actions: FindActions) {
  const link = (lang: Lang) => html`<a
    href=${`/${lang}/${location.hash}`}
    lang=${lang}
    hreflang=${lang}
    title=${t(`lang.${lang}`)}
    aria-current=${lang === now ? "true" : nothing}
    @click=${(event: MouseEvent) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      actions.language(lang);
    }}
    >${lang.toUpperCase()}</a
  >`;
  return html`<nav class="languages" aria-label=${t("lang.group")}>${link("vi")}${link("en")}</nav>`;
}
