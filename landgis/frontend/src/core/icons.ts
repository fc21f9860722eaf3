/** The few line icons of the pages, drawn here: 20 px, 1.7 px strokes, no words of their own. */
import { type SVGTemplateResult, html, svg } from "lit";

export const icon = (shape: SVGTemplateResult) => html`<svg
  class="icon"
  viewBox="0 0 20 20"
  aria-hidden="true"
>
  ${shape}
</svg>`;

export const plus = icon(svg`<path d="M10 4v12M4 10h12" />`);
export const minus = icon(svg`<path d="M4 10h12" />`);
export const cross = icon(svg`<path d="m5 5 10 10M15 5 5 15" />`);
export const back = icon(svg`<path d="m12 4-6 6 6 6" />`);
export const rows = icon(svg`<path d="M7.5 5H17M7.5 10H17M7.5 15H17M3.5 5h.01M3.5 10h.01M3.5 15h.01" />`);
export const layers = icon(svg`<path d="m10 3 7.5 4L10 11 2.5 7 10 3ZM3 11l7 3.8 7-3.8" />`);
export const target = icon(
  svg`<circle cx="10" cy="10" r="5.2" /><path d="M10 1.8v3M10 15.2v3M1.8 10h3M15.2 10h3" />`,
);
export const glass = icon(svg`<circle cx="8.8" cy="8.8" r="5.3" /><path d="m12.8 12.8 4 4" />`);
export const outline = icon(svg`<path d="m4 6 7-2.5 5.5 5L14 16l-9-1.5L4 6Z" />`);
export const place = icon(
  svg`<path d="M10 17.5s5.5-4.6 5.5-9a5.5 5.5 0 0 0-11 0c0 4.4 5.5 9 5.5 9Z" /><circle cx="10" cy="8.3" r="1.9" />`,
);
export const crosshair = html`<svg viewBox="0 0 40 40" aria-hidden="true">
  <path class="halo" d="M20 4v12M20 24v12M4 20h12M24 20h12" />
  <path d="M20 4v12M20 24v12M4 20h12M24 20h12" />
</svg>`;

/** A land use's official colour; the word beside it always says the same. */
export const chip = (colour: string | null) => html`<svg
  class="chip"
  viewBox="0 0 14 14"
  aria-hidden="true"
>
  <rect x="0.5" y="0.5" width="13" height="13" rx="3.5" fill=${colour ?? "#ffffff"} />
</svg>`;
