/** The search card: language, unit, sheet and number. */
import { html, nothing } from "lit";
import type { PageConfig } from "../core/api";
import type { Lang, Translate } from "../core/i18n";
import { type Ask, readFind } from "../core/query";
import type { State } from "../core/store";

export interface FindActions {
  readonly find: (ask: Ask | null) => void;
  readonly language: (lang: Lang) => void;
}

export function findCard(state: State, config: PageConfig, t: Translate, actions: FindActions) {
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string): string => String(form.get(name) ?? "");
    actions.find(readFind(text("unit"), text("sheet"), text("number")));
  };
  return html`<section class="find paper" id="find" aria-labelledby="find-title">
    <header>
      <h1 id="find-title">${t("find.title")}</h1>
      ${languages(state.lang, t, actions)}
    </header>
    <form @submit=${submit} role="search">
      ${unitField(config, state.lang, t)}
      <label class="field short">
        <span>${t("find.sheet")}</span>
        <input name="sheet" autocomplete="off" spellcheck="false" enterkeyhint="next" />
      </label>
      <label class="field short">
        <span>${t("find.number")}</span>
        <input name="number" autocomplete="off" spellcheck="false" enterkeyhint="search"
          aria-describedby=${state.findNeedsInput ? "find-need" : nothing} />
      </label>
      <button class="primary">${t("find.submit")}</button>
    </form>
    ${state.findNeedsInput
      ? html`<p class="caveat" id="find-need">${t("find.need")}</p>`
      : nothing}
  </section>`;
}

/** A register of one unit has nothing to choose. */
function unitField(config: PageConfig, lang: Lang, t: Translate) {
  if (config.units.length < 2) return nothing;
  return html`<label class="field unit">
    <span class="sr-only">${t("find.unit")}</span>
    <select name="unit">
      <option value="">${t("find.any_unit")}</option>
      ${config.units.map((unit) => html`<option value=${unit.code}>${unit.name[lang] ?? unit.code}</option>`)}
    </select>
  </label>`;
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
