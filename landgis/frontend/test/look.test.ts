import { validateStyleMin } from "@maplibre/maplibre-gl-style-spec";
import type { StyleSpecification } from "maplibre-gl";
import { describe, expect, it } from "vitest";
import { type Legend, hasUnknown, linesShown, usesShown } from "../src/core/legend";
import { type Raster, groundOf, landAreas, looking } from "../src/core/look";
import { prepareStyle } from "../src/core/style";
import { isTile } from "../src/core/tile-address";
import { withEditing } from "../src/officer/layers";

const HERE = "http://127.0.0.1:8000";

const style: StyleSpecification = {
  version: 8,
  glyphs: "/static/app/glyphs/{fontstack}/{range}.pbf",
  sources: { map: { type: "vector", url: "/tiles/map.json" } },
  layers: [
    { id: "ground", type: "background", paint: { "background-color": "#f3f0ea" } },
    { id: "units", type: "fill", source: "map", "source-layer": "units", paint: { "fill-color": "#ffffff" } },
    {
      id: "blocks",
      type: "fill",
      source: "map",
      "source-layer": "blocks",
      paint: {
        "fill-color": ["match", ["get", "use"], "ODT", "#ffa0ff", "#ffffff"],
        "fill-opacity": ["interpolate", ["linear"], ["zoom"], 10, 0.5, 11, 1],
      },
    },
    {
      id: "parcels",
      type: "fill",
      source: "map",
      "source-layer": "parcels",
      paint: { "fill-color": ["match", ["get", "use"], "ODT", "#ffa0ff", "#ffffff"] },
    },
    { id: "lines", type: "line", source: "map", "source-layer": "parcels" },
    { id: "numbers", type: "symbol", source: "map", "source-layer": "labels", layout: { "text-field": ["get", "number"] } },
  ],
};

const raster: Raster = {
  name: "anh-2025",
  title: { vi: "Ảnh", en: "Image" },
  kind: "orthophoto",
  bounds: [106, 11, 106.2, 11.2],
  minzoom: 10,
  maxzoom: 18,
  attribution: "Sở",
  tile_size: 256,
  tiles: { webp: "/raster/anh-2025/{z}/{x}/{y}.webp" },
};

const findings: StyleSpecification = {
  version: 8,
  sources: { findings: { type: "vector", url: `${HERE}/tiles/findings.json` } },
  layers: [
    { id: "ground", type: "background" },
    { id: "findings", type: "circle", source: "findings", "source-layer": "findings" },
  ],
};

const plain = { raster: null, strength: 1, sets: [] };
const prepared = prepareStyle(style, HERE);

function opacity(made: StyleSpecification, id: string): unknown {
  const found = made.layers.find((layer) => layer.id === id);
  return found?.type === "fill" ? found.paint?.["fill-opacity"] : undefined;
}

describe("look", () => {
  it("adds nothing where nothing is chosen", () => {
    expect(looking(prepared, plain, HERE)).toEqual(prepared);
  });

  it("lays an image under parcels and blocks and over the ground, and lets them fade as it grows", () => {
    const made = looking(prepared, { ...plain, raster, strength: 0.5 }, HERE);
    const order = made.layers.map(({ id }) => id);
    expect(order.indexOf("raster")).toBe(order.indexOf("units") + 1);
    expect(order.indexOf("raster")).toBeLessThan(order.indexOf("blocks"));
    expect(opacity(made, "parcels")).toBeCloseTo(0.575);
    expect(opacity(made, "blocks")).toEqual(["interpolate", ["linear"], ["zoom"], 10, 0.2875, 11, 0.575]);
    expect(opacity(made, "units")).toBeUndefined();
    expect(opacity(made, "selection-veil")).toEqual(opacity(prepared, "selection-veil"));
    expect(made.sources["raster"]).toMatchObject({ tiles: [`${HERE}/raster/anh-2025/{z}/{x}/{y}.webp`], tileSize: 256 });
  });

  it("shows an officers' layer over everything, without its ground", () => {
    const made = looking(prepared, { ...plain, sets: [findings] }, HERE);
    expect(made.layers.at(-1)?.id).toBe("findings");
    expect(made.layers.filter(({ type }) => type === "background")).toHaveLength(1);
    expect(Object.keys(made.sources)).toEqual(["map", "findings"]);
  });

  it("stays a valid style with everything on, also on the officers' page", () => {
    const all = looking(prepared, { raster, strength: 0.7, sets: [findings] }, HERE);
    expect(validateStyleMin(all)).toEqual([]);
    expect(validateStyleMin(withEditing(all))).toEqual([]);
  });

  it("knows the ground and the areas that have a land use", () => {
    expect(groundOf(prepared)).toBe("#f3f0ea");
    expect(landAreas(prepared)).toEqual(["blocks", "parcels"]);
  });
});

describe("legend", () => {
  const line = { colour: "#000000", kind: "line", dashed: false };
  const legend: Legend = {
    theme: "light",
    layers: [
      {
        layer: "parcels",
        by_use: true,
        entries: [{ ...line, title: "Parcel boundary", minzoom: 13, maxzoom: null }],
      },
      { layer: "blocks", by_use: false, entries: [{ ...line, title: "Sheet", minzoom: 10, maxzoom: 13 }] },
    ],
    land_uses: [
      { group: "NNP", uses: [{ code: "CLN", title: "Perennial crops", colour: "#fdeddb" }] },
      { group: "PNN", uses: [{ code: "ODT", title: "Urban homes", colour: "#fad9f6" }] },
    ],
    land_use_unknown: "#ffffff",
  };

  it("names only what is drawn", () => {
    expect(usesShown(legend, new Set(["ODT"])).map(({ code }) => code)).toEqual(["ODT"]);
    expect(hasUnknown(legend, new Set(["ODT"]))).toBe(false);
    expect(hasUnknown(legend, new Set(["ODT", ""]))).toBe(true);
    expect(hasUnknown(legend, new Set(["ODT", "XYZ"]))).toBe(true);
  });

  it("has the lines of the zoom", () => {
    const titles = (zoom: number): string[] => linesShown([legend], zoom).map(({ title }) => title);
    expect(titles(12.9)).toEqual(["Sheet"]);
    expect(titles(13)).toEqual(["Parcel boundary"]);
    expect(titles(9)).toEqual([]);
  });
});

describe("what a tile must show", () => {
  it("is told to tiles of our own server only", () => {
    expect(isTile(`${HERE}/tiles/map/14/1/2.mvt`, HERE)).toBe(true);
    expect(isTile("/tiles/map/14/1/2.mvt?v=3", HERE)).toBe(true);
    expect(isTile(`${HERE}/tiles/map.json`, HERE)).toBe(false);
    expect(isTile(`${HERE}/raster/a/1/2/3.webp`, HERE)).toBe(false);
    expect(isTile("http://other.example/tiles/map/14/1/2.mvt", HERE)).toBe(false);
  });
});
