/** The map's style as the server sends it, made fit for this page. Pure. */
import type { FilterSpecification, LayerSpecification, StyleSpecification } from "maplibre-gl";

export const ACCENT = "#0b57d0";
export const SOURCE = "map";
export const PARCELS = "parcels";
export const LABELS = "labels";

const isSelected = ["boolean", ["feature-state", "selected"], false] as const;

/** The veil and the outline of the selected parcel: drawn by feature state, so no tile is redone. */
const SELECTION: readonly LayerSpecification[] = [
  {
    id: "selection-veil",
    type: "fill",
    source: SOURCE,
    "source-layer": PARCELS,
    paint: { "fill-color": ACCENT, "fill-opacity": ["case", [...isSelected], 0.14, 0] },
  },
  {
    id: "selection-outline",
    type: "line",
    source: SOURCE,
    "source-layer": PARCELS,
    layout: { "line-join": "round" },
    paint: {
      "line-color": ACCENT,
      "line-width": 3,
      "line-opacity": ["case", [...isSelected], 1, 0],
    },
  },
];

/** The number of the selected parcel always shows, and the others make room for it. */
export const SELECTED_NUMBER = "selection-number";

/** A filter that only the label of `fid` passes; null passes none. */
export function onlyLabel(fid: number | null): FilterSpecification {
  return ["==", ["id"], fid ?? -1];
}

const RANK: Readonly<Partial<Record<LayerSpecification["type"], number>>> = {
  background: 0,
  fill: 1,
  line: 2,
  symbol: 4,
};
const SELECTION_RANK = 3;

/**
 * Make addresses whole (the worker has no page address) and put areas under lines under labels,
 * with the selection between: a commune's border would else lie under its parcels.
 */
export function prepareStyle(style: StyleSpecification, origin: string): StyleSpecification {
  const rank = (layer: LayerSpecification): number =>
    SELECTION.includes(layer) ? SELECTION_RANK : (RANK[layer.type] ?? 1);
  const layers = [...style.layers, ...SELECTION].sort((a, b) => rank(a) - rank(b));
  return {
    ...style,
    ...(style.glyphs ? { glyphs: absolute(style.glyphs, origin) } : {}),
    sources: Object.fromEntries(
      Object.entries(style.sources).map(([name, source]) => [
        name,
        "url" in source && typeof source.url === "string"
          ? { ...source, url: absolute(source.url, origin) }
          : source,
      ]),
    ),
    layers: [...layers, ...selectedNumber(style.layers)],
  };
}

function selectedNumber(layers: readonly LayerSpecification[]): LayerSpecification[] {
  const numbers = layers.find((l) => l.type === "symbol" && l["source-layer"] === LABELS);
  if (numbers?.type !== "symbol") return [];
  const layout = { ...numbers.layout, "text-allow-overlap": true };
  return [{ ...numbers, id: SELECTED_NUMBER, layout, filter: onlyLabel(null) }];
}

/** The layers in which a click finds a parcel. */
export function parcelAreas(style: StyleSpecification): string[] {
  return style.layers
    .filter((l) => l.type === "fill" && l["source-layer"] === PARCELS && !SELECTION.includes(l))
    .map((l) => l.id);
}

/** `new URL` would escape the braces of `{fontstack}`, so plain text it is. */
export function absolute(url: string, origin: string): string {
  return url.startsWith("/") ? origin + url : url;
}
