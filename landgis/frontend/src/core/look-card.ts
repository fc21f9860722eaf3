/** The card of the map's look: theme, image below, layers over it, legend. */
import { type SVGTemplateResult, html, nothing, svg } from "lit";
import { type Key, type Lang, type Translate } from "./i18n";
import { cross } from "./icons";
import { type LegendLine, hasUnknown, linesShown, usesShown } from "./legend";
import type { Raster } from "./look";
import type { LookState, Looks } from "./looks";
import type { Theme } from "./theme";

export interface LookView {
  readonly looks: Looks;
  readonly themes: readonly Theme[];
  readonly lang: Lang;
  readonly t: Translate;
  readonly zoom: number;
  /** Sets of layers that this page may show over the map. */
  readonly sets: readonly { readonly name: string; readonly title: Key }[];
}

export function lookCard(view: LookView) {
  const { looks, t } = view;
  const state = looks.state();
  if (!state.isOpen) return nothing;
  return html`<section class="look paper" id="look" aria-labelledby="look-title" tabindex="-1">
    <header>
      <h2 id="look-title">${t("look.title")}</h2>
      <button class="plain" title=${t("look.close")} aria-label=${t("look.close")} @click=${() => looks.toggle()}>${cross}</button>
    </header>
    <div class="body" tabindex="0">
      ${sets(view, state)} ${legend(view, state)} ${rasters(view, state)} ${themes(view, state)}
    </div>
    <footer><button class="button" @click=${() => window.print()}>${t("look.print")}</button></footer>
  </section>`;
}

function themes({ looks, themes, lang, t }: LookView, { theme }: LookState) {
  return html`<fieldset>
    <legend>${t("look.theme")}</legend>
    ${themes.map(({ name, title }) => html`<label>
      <input type="radio" name="look-theme" value=${name} .checked=${name === theme} @change=${() => looks.choose(name)} />
      ${title[lang] ?? name}
    </label>`)}
  </fieldset>`;
}

function sets({ looks, sets: offered, t }: LookView, { sets: shown }: LookState) {
  if (offered.length === 0) return nothing;
  return html`<fieldset>
    <legend>${t("look.layers")}</legend>
    ${offered.map(({ name, title }) => html`<label>
      <input type="checkbox" name=${`look-${name}`} .checked=${shown.has(name)} @change=${() => looks.flip(name)} />
      ${t(title)}
    </label>`)}
  </fieldset>`;
}

function rasters({ looks, lang, t }: LookView, { rasters: known, raster, strength }: LookState) {
  if (!known || known.length === 0) return nothing;
  const choice = (one: Raster | null, title: string) => html`<label>
    <input type="radio" name="look-raster" value=${one?.name ?? ""} .checked=${one?.name === raster?.name} @change=${() => looks.lay(one)} />
    ${title}
  </label>`;
  const fade = (event: Event): void => looks.fade(Number((event.currentTarget as HTMLInputElement).value) / 100);
  return html`<fieldset>
    <legend>${t("look.raster")}</legend>
    ${choice(null, t("look.no_raster"))} ${known.map((one) => choice(one, one.title[lang]))}
    ${raster
      ? html`<label class="slider"><span>${t("look.strength")}</span>
          <input type="range" min="0" max="100" step="5" .value=${String(Math.round(strength * 100))} @input=${fade} />
        </label>
        ${raster.attribution ? html`<p class="caveat">${raster.attribution}</p>` : nothing}`
      : nothing}
  </fieldset>`;
}

function legend(view: LookView, state: LookState) {
  return html`<section class="legend" aria-label=${view.t("look.legend")}>${legendLists(view, state)}</section>`;
}

/** The legend of what is drawn now: land uses, then lines and marks. */
export function legendLists({ t, zoom }: Pick<LookView, "t" | "zoom">, { legends, uses }: LookState) {
  const main = legends.find(({ layers }) => layers.some(({ by_use }) => by_use));
  if (!main) return nothing;
  const shown = usesShown(main, uses);
  return html`<ul class="uses">
      ${shown.map(({ code, title, colour }) => html`<li data-use=${code}>${area(colour)} <span>${title}</span> <i>${code}</i></li>`)}
      ${hasUnknown(main, uses)
        ? html`<li data-use="">${area(main.land_use_unknown)} <span>${t("look.unknown")}</span></li>`
        : nothing}
      ${uses.size === 0 ? html`<li class="caveat">${t("look.no_use")}</li>` : nothing}
    </ul>
    <ul class="lines">${linesShown(legends, zoom).map((line) => html`<li>${swatch(line)} <span>${line.title}</span></li>`)}</ul>`;
}

const box = (shape: SVGTemplateResult) => html`<svg class="swatch" viewBox="0 0 22 14" aria-hidden="true">${shape}</svg>`;

function area(colour: string) {
  return box(svg`<rect x="0.5" y="0.5" width="21" height="13" rx="3" fill=${colour} />`);
}

function swatch({ kind, colour, dashed }: LegendLine) {
  switch (kind) {
    case "line":
      return box(svg`<path d="M0 7h22" stroke=${colour} stroke-width="2" stroke-dasharray=${dashed ? "5 3" : "none"} />`);
    case "circle":
      return box(svg`<circle cx="11" cy="7" r="5" fill=${colour} />`);
    default:
      return area(colour);
  }
}
