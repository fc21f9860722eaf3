/** How the map draws work in progress: three sources of the page's own, and the layers over them. */
import type { FeatureCollection } from "geojson";
import type { ExpressionSpecification, LayerSpecification, StyleSpecification } from "maplibre-gl";
import type { Picture } from "../core/map-options";
import { ACCENT, LABELS, PARCELS, parcelAreas } from "../core/style";

/** What the draft has made of the register; what is proposed now; what the hand works with. */
export const SOURCES = ["ctx", "preview", "handles"] as const;
export type SourceName = (typeof SOURCES)[number];

export const EMPTY: FeatureCollection = { type: "FeatureCollection", features: [] };

const RED = "#b3261e";
const INK = "#1d1b16";
/** Two veils tell children apart; a third and a fourth are for cuts that make more. */
const VEIL: ExpressionSpecification = [
  "match", ["get", "hue"], 1, "#c3c9da", 2, "#bfe0d4", 3, "#f1dcae", "#cdc1fb",
];
const REGULAR = ["Be Vietnam Pro Regular"];
const SEMIBOLD = ["Be Vietnam Pro SemiBold"];

const isGone: ExpressionSpecification = ["boolean", ["feature-state", "gone"], false];

function role(name: string): ExpressionSpecification {
  return ["==", ["get", "role"], name];
}

/** Answer the style of the map with the layers of editing: areas and lines under all numbers. */
export function withEditing(style: StyleSpecification): StyleSpecification {
  const areas = parcelAreas(style);
  const tint = style.layers.find((layer) => layer.id === areas[0]);
  const colour = tint?.type === "fill" ? tint.paint?.["fill-color"] : undefined;
  const layers = style.layers.map(leavingOut);
  const firstSymbol = layers.findIndex((layer) => layer.type === "symbol");
  const at = firstSymbol < 0 ? layers.length : firstSymbol;
  const empty = { type: "geojson", data: EMPTY } as const;
  return {
    ...style,
    sources: { ...style.sources, ...Object.fromEntries(SOURCES.map((name) => [name, empty])) },
    layers: [
      ...layers.slice(0, at),
      ...areasAndLines((colour as ExpressionSpecification | undefined) ?? "#ffffff").map(named),
      ...layers.slice(at),
      ...words().map(named),
    ],
  };
}

/** No layer of an office's own can be called the same. */
function named(layer: LayerSpecification): LayerSpecification {
  return { ...layer, id: `edit-${layer.id}` };
}

/** A parcel that the draft retires is not drawn by the tiles; nor is its number. */
function leavingOut(layer: LayerSpecification): LayerSpecification {
  const of = "source-layer" in layer ? layer["source-layer"] : undefined;
  if (layer.id.startsWith("selection") || (of !== PARCELS && of !== LABELS)) return layer;
  switch (layer.type) {
    case "fill":
      return { ...layer, paint: { ...layer.paint, "fill-opacity": unlessGone(layer.paint?.["fill-opacity"]) } };
    case "line":
      return { ...layer, paint: { ...layer.paint, "line-opacity": unlessGone(layer.paint?.["line-opacity"]) } };
    case "symbol":
      return { ...layer, paint: { ...layer.paint, "text-opacity": unlessGone(layer.paint?.["text-opacity"]) } };
    default:
      return layer;
  }
}

/** An expression over the zoom must stay outermost, so its values are what is made conditional. */
function unlessGone(opacity: unknown): ExpressionSpecification {
  if (!Array.isArray(opacity) || opacity[0] !== "interpolate") {
    return ["case", isGone, 0, (opacity ?? 1) as number | ExpressionSpecification];
  }
  return opacity.map((part: unknown, at) =>
    at > 3 && at % 2 === 0 ? ["case", isGone, 0, part] : part,
  ) as ExpressionSpecification;
}

function areasAndLines(colour: ExpressionSpecification | string): LayerSpecification[] {
  const line = (
    id: string,
    source: SourceName,
    filter: ExpressionSpecification,
    paint: Extract<LayerSpecification, { type: "line" }>["paint"],
  ): LayerSpecification => ({
    id,
    type: "line",
    source,
    filter,
    layout: { "line-join": "round", "line-cap": "butt" },
    ...(paint ? { paint } : {}),
  });
  const fill = (
    id: string,
    source: SourceName,
    filter: ExpressionSpecification,
    paint: Extract<LayerSpecification, { type: "fill" }>["paint"],
  ): LayerSpecification => ({ id, type: "fill", source, filter, ...(paint ? { paint } : {}) });
  const red = { "line-color": RED, "line-width": 2.4, "line-dasharray": [3, 2] };
  return [
    fill("draft-areas", "ctx", role("draft"), { "fill-color": colour }),
    line("draft-lines", "ctx", role("draft"), { "line-color": ACCENT, "line-width": 1.2, "line-opacity": 0.7 }),
    fill("pending-areas", "ctx", role("pending"), { "fill-pattern": "hatch" }),
    fill("veils", "preview", role("child"), { "fill-color": VEIL, "fill-opacity": 0.88 }),
    line("veil-lines", "preview", role("child"), { "line-color": ACCENT, "line-width": 2 }),
    fill("picked-areas", "ctx", role("picked"), { "fill-color": ACCENT, "fill-opacity": 0.12 }),
    line("picked-lines", "ctx", role("picked"), { "line-color": ACCENT, "line-width": 2.4 }),
    line("former-halo", "ctx", role("former"), { "line-color": "#ffffff", "line-width": 4, "line-opacity": 0.7 }),
    line("former-lines", "ctx", role("former"), { "line-color": INK, "line-width": 1.6, "line-dasharray": [4, 2.5] }),
    line("cut-halo", "handles", role("cut"), { "line-color": "#ffffff", "line-width": 5, "line-opacity": 0.8 }),
    line("cut", "handles", role("cut"), red),
  ];
}

function words(): LayerSpecification[] {
  const halo = { "text-halo-color": "rgba(255, 255, 255, 0.9)", "text-halo-width": 1.6 };
  const quiet = { "text-color": "#3a362e", ...halo };
  return [
    {
      id: "nodes",
      type: "symbol",
      source: "handles",
      filter: role("node"),
      layout: { "icon-image": "node", "icon-allow-overlap": true, "icon-ignore-placement": true },
    },
    {
      id: "points",
      type: "circle",
      source: "handles",
      filter: role("point"),
      paint: { "circle-radius": 5.5, "circle-color": RED, "circle-stroke-color": "#ffffff", "circle-stroke-width": 2 },
    },
    {
      id: "cut-length",
      type: "symbol",
      source: "handles",
      filter: role("length"),
      layout: {
        "symbol-placement": "line-center",
        "text-field": ["get", "text"],
        "text-font": SEMIBOLD,
        "text-size": 12.5,
        "text-offset": [0, -0.9],
      },
      paint: { "text-color": RED, ...halo },
    },
    {
      id: "former-numbers",
      type: "symbol",
      source: "ctx",
      filter: role("former-number"),
      layout: { "text-field": ["get", "text"], "text-font": REGULAR, "text-size": 12 },
      paint: quiet,
    },
    {
      id: "areas",
      type: "symbol",
      source: "preview",
      filter: role("label"),
      layout: { "text-field": ["get", "area"], "text-font": SEMIBOLD, "text-size": 12.5, "text-offset": [0, 0.95], "text-anchor": "top", "text-padding": 0 },
      paint: { "text-color": INK, ...halo },
    },
    {
      id: "numbers",
      type: "symbol",
      source: "preview",
      filter: role("label"),
      layout: { "text-field": ["get", "text"], "text-font": SEMIBOLD, "text-size": 17, "text-allow-overlap": true, "text-padding": 0 },
      paint: { "text-color": INK, ...halo },
    },
    {
      id: "draft-numbers",
      type: "symbol",
      source: "ctx",
      filter: role("draft-number"),
      layout: { "text-field": ["get", "text"], "text-font": REGULAR, "text-size": 12 },
      paint: quiet,
    },
  ];
}

/** A white square with an accent border; the hatch of parcels that another draft is about to change. */
export const PICTURES: Readonly<Record<string, Picture>> = {
  node: painted(18, (x, y) => {
    const edge = Math.min(x, y, 17 - x, 17 - y);
    return edge < 3 ? [11, 87, 208, 255] : [255, 255, 255, 255];
  }),
  hatch: painted(16, (x, y) => ((x + y) % 16 < 2 ? [138, 90, 0, 84] : [138, 90, 0, 8])),
};

type Pixel = readonly [number, number, number, number];

function painted(size: number, at: (x: number, y: number) => Pixel): Picture {
  const data = new Uint8ClampedArray(size * size * 4);
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) data.set(at(x, y), (y * size + x) * 4);
  }
  return { width: size, height: size, data };
}
