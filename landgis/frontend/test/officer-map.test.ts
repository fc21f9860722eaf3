import { validateStyleMin } from "@maplibre/maplibre-gl-style-spec";
import type { StyleSpecification } from "maplibre-gl";
import { describe, expect, it } from "vitest";
import { prepareStyle } from "../src/core/style";
import { PICTURES, SOURCES, withEditing } from "../src/officer/layers";

const server: StyleSpecification = {
  version: 8,
  glyphs: "http://127.0.0.1/{fontstack}/{range}.pbf",
  sources: { map: { type: "vector", url: "http://127.0.0.1/tiles/map.json" } },
  layers: [
    { id: "ground", type: "background", paint: { "background-color": "#f3f0ea" } },
    {
      id: "parcels",
      type: "fill",
      source: "map",
      "source-layer": "parcels",
      paint: { "fill-color": ["match", ["get", "use"], "ODT", "#fbd8fb", "#ffffff"] },
    },
    {
      id: "boundaries",
      type: "line",
      source: "map",
      "source-layer": "parcels",
      paint: { "line-opacity": ["interpolate", ["linear"], ["zoom"], 13, 0.35, 16.5, 1] },
    },
    { id: "numbers", type: "symbol", source: "map", "source-layer": "labels" },
  ],
};
const style = withEditing(prepareStyle(server, "http://127.0.0.1"));

describe("the style of editing", () => {
  it("is one that MapLibre takes", () => {
    expect(validateStyleMin(style)).toEqual([]);
  });

  it("draws work in progress over the parcels and under their numbers", () => {
    const order = style.layers.map((layer) => layer.id);
    expect(order.indexOf("edit-veils")).toBeGreaterThan(order.indexOf("parcels"));
    expect(order.indexOf("edit-cut")).toBeLessThan(order.indexOf("numbers"));
    expect(order.indexOf("edit-areas")).toBeGreaterThan(order.indexOf("numbers"));
  });

  it("has a source and a picture for each layer that names one", () => {
    expect(Object.keys(style.sources)).toEqual(["map", ...SOURCES]);
    const { width, height, data } = PICTURES["node"] ?? { width: 0, height: 0, data: [] };
    expect(data).toHaveLength(width * height * 4);
  });

  it("leaves out of the tiles what the draft replaces, whatever their style", () => {
    const gone = ["case", ["boolean", ["feature-state", "gone"], false], 0];
    const opacity = (id: string, name: string): unknown => {
      const paint: Record<string, unknown> = style.layers.find((layer) => layer.id === id)?.paint ?? {};
      return paint[name];
    };
    expect(opacity("parcels", "fill-opacity")).toEqual([...gone, 1]);
    expect(opacity("numbers", "text-opacity")).toEqual([...gone, 1]);
    expect(opacity("boundaries", "line-opacity")).toEqual([
      "interpolate", ["linear"], ["zoom"], 13, [...gone, 0.35], 16.5, [...gone, 1],
    ]);
  });

  it("fills parcels of the draft as the tiles fill theirs", () => {
    const draft = style.layers.find((layer) => layer.id === "edit-draft-areas");
    expect(draft?.type === "fill" && draft.paint?.["fill-color"]).toEqual(["match", ["get", "use"], "ODT", "#fbd8fb", "#ffffff"]);
  });
});
