import { describe, expect, it } from "vitest";
import { translator } from "../src/core/i18n";
import { type Focus, type Press, commandOf } from "../src/officer/keys";
import { sceneOf } from "../src/officer/scene";
import { contains, labelPlace } from "../src/officer/shape";
import { type Event, type State, initialState, reduce } from "../src/officer/state";
import { changeTitle, formatCoordinate } from "../src/officer/words";
import { CONTEXT, change, draft, preview, square } from "./officer-samples";

function after(...events: Event[]): State {
  return events.reduce(reduce, initialState("vi", true));
}

const roles = (features: { properties: Record<string, unknown> | null }[]): unknown[] =>
  features.map(({ properties }) => properties?.["role"]);

describe("keys", () => {
  const press = (code: string, more: Partial<Press> = {}): Press => ({
    code,
    key: "",
    isComposing: false,
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    shiftKey: false,
    ...more,
  });
  const kind = (code: string, focus: Focus, more: Partial<Press> = {}) => commandOf(press(code, more), focus)?.kind ?? null;

  it("are letters by their place, wherever no text is typed", () => {
    expect(commandOf(press("KeyL"), "page")).toEqual({ kind: "tool", tool: "split" });
    expect(kind("KeyL", "button")).toBe("tool");
    expect(kind("KeyL", "text")).toBeNull();
    expect(kind("KeyL", "page", { isComposing: true })).toBeNull();
  });

  it("let Enter do what the focus says", () => {
    expect(kind("Enter", "button")).toBeNull();
    expect(kind("Enter", "text")).toBeNull();
    expect(kind("Enter", "crosshair")).toBe("press");
    expect(kind("Enter", "map")).toBe("accept");
    expect(kind("Enter", "text", { ctrlKey: true })).toBe("submit");
  });

  it("take steps back, but not out of what is being typed", () => {
    expect(kind("KeyZ", "map", { ctrlKey: true })).toBe("undo");
    expect(kind("KeyZ", "map", { ctrlKey: true, shiftKey: true })).toBe("redo");
    expect(kind("KeyZ", "text", { ctrlKey: true })).toBeNull();
    expect(kind("Escape", "text")).toBe("drop");
  });

  it("move the crosshair on the map, finely with Shift", () => {
    expect(commandOf(press("ArrowUp"), "map")).toEqual({ kind: "move", x: 0, y: -16 });
    expect(commandOf(press("ArrowRight", { shiftKey: true }), "crosshair")).toEqual({ kind: "move", x: 1, y: 0 });
    expect(kind("ArrowUp", "page")).toBeNull();
  });

  it("open the sheet of keys by the sign, on any keyboard", () => {
    expect(kind("Minus", "page", { key: "?", shiftKey: true })).toBe("help");
  });
});

describe("the scene", () => {
  const cutting: Event[] = [
    { type: "draft", draft: draft() },
    { type: "context", context: CONTEXT },
    { type: "picked", parcel: "parent" },
    { type: "tool", tool: "split" },
    { type: "point", point: { x: 15, y: 0, lon: 106.5, lat: 11, hold: { kind: "free" } } },
    { type: "point", point: { x: 15, y: 30, lon: 106.5, lat: 12, hold: { kind: "free" } } },
  ];
  const read = (compare: State["compare"], more: Parameters<typeof draft>[0] = {}): State =>
    after(
      { type: "draft", draft: draft({ state: "submitted", may: ["approve"], change: change(), ...more }) },
      { type: "compare", compare },
    );

  it("shows the parcel in hand, its corners and the line", () => {
    const scene = sceneOf(after(...cutting));
    expect(roles(scene.ctx.features)).toEqual(["picked"]);
    expect(roles(scene.handles.features)).toEqual(["cut", "node", "node", "node", "node", "point", "point"]);
    expect(scene.gone.size).toBe(0);
  });

  it("veils the children with their names and areas, and takes the parent off the tiles", () => {
    const state = after(...cutting);
    const scene = sceneOf(reduce(state, { type: "previewed", of: state.operation, preview: preview() }));
    expect(scene.preview.features.map(({ properties }) => properties)).toEqual([
      { role: "child", hue: 0 },
      { role: "label", text: "311", area: "359,0\u00a0m²" },
      { role: "child", hue: 1 },
      { role: "label", text: "312", area: "359,0\u00a0m²" },
    ]);
    expect([...scene.gone]).toEqual([7]);
    expect(roles(scene.ctx.features)).toEqual([]);
    expect(roles(scene.handles.features)).toContain("length");
  });

  it("gives a reviewer before, after, and both with the old line dashed", () => {
    const seen = (compare: State["compare"]) => {
      const scene = sceneOf(read(compare));
      return { before: roles(scene.ctx.features), after: scene.preview.features.length };
    };
    expect(seen("after")).toEqual({ before: [], after: 4 });
    expect(seen("before")).toEqual({ before: ["draft", "former", "former-number"], after: 0 });
    expect(seen("both")).toEqual({ before: ["former"], after: 4 });
  });

  it("leaves to the tiles what is approved, once they have it", () => {
    const approved = read("after", { state: "approved", may: [] });
    expect(sceneOf(approved).preview.features).toEqual([]);
    expect(sceneOf(approved).gone.size).toBe(0);
    const settling = reduce(approved, { type: "settling", isSettling: true });
    expect(sceneOf(settling).preview.features).toHaveLength(4);
  });
});

describe("shapes", () => {
  it("have room for a word inside, not in a hole and not between two parts", () => {
    const ring: [number, number][][] = [
      [[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]],
      [[2, 1], [9, 1], [9, 9], [2, 9], [2, 1]],
    ];
    const frame = { type: "Polygon" as const, coordinates: ring };
    expect(contains(frame, labelPlace(frame) ?? [5, 5])).toBe(true);
    expect(contains(frame, [5, 5])).toBe(false);
    const parts = { type: "MultiPolygon" as const, coordinates: [[ring[1] ?? []], square(20, 0).coordinates as [number, number][][]] };
    expect(contains(parts, labelPlace(parts) ?? [0, 0])).toBe(true);
    expect(contains(parts, [15, 0.5])).toBe(false);
  });
});

describe("words", () => {
  it("write coordinates as survey tables do", () => {
    expect(formatCoordinate("vi", 1250824.518)).toBe("1\u00a0250\u00a0824,518");
    expect(formatCoordinate("en", -12.5)).toBe("−12.500");
  });

  it("say what a change does", () => {
    expect(changeTitle(translator("vi"), change())).toBe("Tách thửa 152 thành 311, 312");
    const merged = change({ before: change().after, after: [{ ...change().before[0]!, fate: "created" }] });
    expect(changeTitle(translator("en"), merged)).toBe("Parcels 311, 312 are merged into 152");
  });
});
