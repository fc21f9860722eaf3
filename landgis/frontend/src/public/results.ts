/** What a search found, as a list to choose from, and as a small card of a place. */
import { html, nothing } from "lit";
import type { Lang, Translate } from "../core/i18n";
import { type Answer, type Found, type Result, told } from "../core/search";

export function resultsTitle(answer: Answer, t: Translate): string {
  const { results, ambiguous, more, query } = answer;
  if (results.length === 0) return t("find.none", { query });
  if (results.length === 1 && ambiguous) return t("find.unsure");
  return t(more ? "find.hits_more" : "find.hits", { count: results.length });
}

/** What was assumed, the list, and what would help to find the right one. */
export function resultsBody(answer: Answer, lang: Lang, t: Translate, choose: (found: Found) => void) {
  const { results, assumed, next, more } = answer;
  const line = (result: Result, index: number) => html`<li>
    <button @click=${() => choose({ result, answer })}>
      <i class="mark" aria-hidden="true">${index + 1}</i>
      <span>
        <b>${result.title[lang]}</b>
        ${result.detail ? html`<span>${result.detail[lang]}</span>` : nothing}
        ${result.why.map((said) => html`<span class="caveat">${said[lang]}</span>`)}
      </span>
    </button>
  </li>`;
  return html`
    ${sentences([...assumed, ...next].map((said) => said[lang]))}
    <ol class="results">${results.map(line)}</ol>
    ${more ? html`<p class="caveat foot-note">${t("find.more")}</p>` : nothing}
  `;
}

export function placeHead({ title, detail }: Result, lang: Lang) {
  return html`<h2 tabindex="-1" data-focus>${title[lang]}</h2>
    ${detail ? html`<p class="where">${detail[lang]}</p>` : nothing}`;
}

export function placeBody(found: Found, lang: Lang, t: Translate) {
  const none = found.result.kind === "point" ? [t("point.none")] : [];
  return sentences([...none, ...told(found, lang)]);
}

/** How what is shown was found. */
export function sentences(texts: readonly string[]) {
  if (texts.length === 0) return nothing;
  return html`<div class="told">${texts.map((text) => html`<p>${text}</p>`)}</div>`;
}
