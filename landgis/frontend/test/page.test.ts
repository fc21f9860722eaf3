import type { StyleSpecification } from "maplibre-gl";
import { describe, expect, it } from "vitest";
import en from "../../web/i18n/en.json";
import vi from "../../web/i18n/vi.json";
import { isKey, translator } from "../src/core/i18n";
import { type Press, commandOf } from "../src/core/keys";
import { parcelAreas, prepareStyle } from "../src/core/style";
import { nearestStop, nextStop, stopHeight } from "../src/public/sheet";

describe("texts", () => {
  it("are the same keys in both languages, with the same placeholders", () => {
    const shape = (texts: Record<string, string>): Record<string, string[]> =>
      Object.fromEntries(
        Object.entries(texts).map(([key, text]) => [key, (text.match(/\{\w+\}/g) ?? []).sort()]),
      );
    expect(shape(en)).toEqual(shape(vi));
  });

  it("are composed (NFC): the map's glyph files hold no loose marks", () => {
    for (const text of Object.values(vi)) expect(text).toBe(text.normalize("NFC"));
  });

  it("take values and keep an unknown placeholder in sight", () => {
    expect(translator("vi")("parcel.title", { number: 152, sheet: "12" })).toBe("Thửa 152 · Tờ 12");
    expect(translator("en")("point.stack")).toBe("{count} parcels at this point");
  });

  it("are not asked for by inherited names", () => {
    expect(isKey("toString")).toBe(false);
  });
});

describe("keys", () => {
  const press = (code: string, more: Partial<Press> = {}): Press => ({
    code,
    isComposing: false,
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    ...more,
  });

  it("pick the centre only on the map", () => {
    expect(commandOf(press("Enter"), "map")).toBe("pick_centre");
    expect(commandOf(press("Enter"), "other")).toBeNull();
  });

  it("close from anywhere", () => {
    expect(commandOf(press("Escape"), "other")).toBe("close");
  });

  it("do nothing while a syllable is being composed or with Ctrl", () => {
    expect(commandOf(press("Escape", { isComposing: true }), "other")).toBeNull();
    expect(commandOf(press("KeyF", { ctrlKey: true }), "map")).toBeNull();
  });
});

describe("sheet", () => {
  it("comes to rest at the nearest height", () => {
    expect(nearestStop(stopHeight("half", 800) + 30, 0, 800)).toBe("half");
    expect(nearestStop(10, 0, 800)).toBe("peek");
  });

  it("goes on when it is flicked", () => {
    expect(nearestStop(stopHeight("half", 800), 2, 800)).toBe("full");
    expect(nearestStop(stopHeight("half", 800), -2, 800)).toBe("peek");
  });

  it("stops at its ends", () => {
    expect(nextStop("full", 1)).toBe("full");
    expect(nextStop("half", -1)).toBe("peek");
  });
});

describe("style", () => {
  const style: StyleSpecification = {
    version: 8,
    glyphs: "/static/app/glyphs/{fontstack}/{range}.pbf",
    sources: { map: { type: "vector", url: "/tiles/map.json" } },
    layers: [
      { id: "names", type: "symbol", source: "map", "source-layer": "labels" },
      { id: "borders", type: "line", source: "map", "source-layer": "units" },
      { id: "parcels", type: "fill", source: "map", "source-layer": "parcels" },
    ],
  };
  const prepared = prepareStyle(style, "http://127.0.0.1:8000");

  it("draws areas, lines, the selection, labels, the selected number", () => {
    expect(prepared.layers.map((layer) => layer.id)).toEqual([
      "parcels",
      "borders",
      "selection-veil",
      "selection-outline",
      "names",
      "selection-number",
    ]);
  });

  it("makes addresses whole and leaves their placeholders alone", () => {
    expect(prepared.glyphs).toBe("http://127.0.0.1:8000/static/app/glyphs/{fontstack}/{range}.pbf");
    expect(prepared.sources["map"]).toMatchObject({ url: "http://127.0.0.1:8000/tiles/map.json" });
  });

  it("finds parcels in their areas, not in the selection's", () => {
    expect(parcelAreas(prepared)).toEqual(["parcels"]);
  });
});
