/** The map on paper: a clean picture with title, legend, scale and source. */
import { html } from "lit";
import type { PageConfig } from "../core/api";
import { formatLength, formatTime, scaleBar } from "../core/format";
import type { Lang } from "../core/i18n";
import { type LookView, legendLists } from "../core/look-card";
import type { MapView } from "../core/map";
import type { State, View } from "../core/store";

const BAR_PX = 140;
/** Paper shows more than a screen: pixels of the picture to one of the page's. */
const DENSITY = 2;

/** What is printed; the screen never shows it. */
export function printSheet({ revision: { revision, published_at } }: State, config: PageConfig, look: LookView) {
  const { t, looks } = look;
  const raster = looks.state().raster;
  const source = [config.jurisdiction.name, raster?.attribution].filter(Boolean).join(" · ");
  return html`<section class="print" aria-hidden="true">
    <h1>${t("app.title")}</h1>
    <p>${published_at && revision !== null ? t("map.data", { time: formatTime(published_at), revision }) : t("map.no_data")}</p>
    <canvas></canvas>
    <div class="legend">${legendLists(look, looks.state())}</div>
    <p>${t("print.source", { source })}</p>
    <p>${config.demo ? t("app.demo") : t("print.caveat")}</p>
  </section>`;
}

/** Copy what the map shows, and a scale that stays right at any size of paper. */
export function paintSheet(canvas: HTMLCanvasElement, map: MapView, view: View | null, lang: Lang): void {
  map.drawOn(canvas, DENSITY);
  const pen = canvas.getContext("2d");
  if (pen && view) drawScale(pen, view, lang);
}

function drawScale(pen: CanvasRenderingContext2D, view: View, lang: Lang): void {
  const { px, metres } = scaleBar(view.metresPerPx, BAR_PX);
  pen.scale(DENSITY, DENSITY);
  const [left, foot] = [16, pen.canvas.height / DENSITY - 16];
  pen.fillStyle = "rgba(255, 255, 255, 0.9)";
  pen.fillRect(left - 8, foot - 30, px + 16, 38);
  pen.strokeStyle = pen.fillStyle = "#1d1b16";
  pen.lineWidth = 2;
  pen.beginPath();
  pen.moveTo(left, foot - 6);
  pen.lineTo(left, foot);
  pen.lineTo(left + px, foot);
  pen.lineTo(left + px, foot - 6);
  pen.stroke();
  pen.font = '500 13px "Be Vietnam Pro", sans-serif';
  pen.textAlign = "center";
  pen.fillText(formatLength(lang, metres), left + px / 2, foot - 10);
}
