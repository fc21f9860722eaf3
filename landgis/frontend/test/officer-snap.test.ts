import { describe, expect, it } from "vitest";
import type { Context, Node } from "../src/core/drafts-api";
import { fitPlane } from "../src/officer/plane";
import { NO_NET, aim, joined, toleranceM } from "../src/officer/snap";

const ORIGIN = { x: 565_000, y: 1_250_000, lon: 106.1, lat: 11.3 };
const node = (id: string, x: number, y: number): Node => ({
  id,
  x: ORIGIN.x + x,
  y: ORIGIN.y + y,
  lon: ORIGIN.lon + x * 9.17e-6,
  lat: ORIGIN.lat + y * 9.04e-6,
});
const context: Context = {
  plane: { epsg: 9209, label: "VN-2000" },
  tolerance_m: 0.001,
  faces: [],
  nodes: [node("a", 0, 0), node("b", 30, 0), node("c", 30, 40), node("d", 0, 40)],
  edges: [
    { a: "a", b: "b", length_m: 30 },
    { a: "b", b: "c", length_m: 40 },
    { a: "c", b: "d", length_m: 30 },
    { a: "d", b: "a", length_m: 40 },
  ],
};
const net = joined(NO_NET, context);
const at = (x: number, y: number) => node("", x, y);

describe("aiming", () => {
  it("takes the node's own coordinates, even when an edge is nearer", () => {
    const { point, distance_m } = aim(at(0.9, 0.1), net, 2);
    expect(point).toMatchObject({ x: ORIGIN.x, y: ORIGIN.y, hold: { kind: "node", id: "a" } });
    expect(distance_m).toBeCloseTo(Math.hypot(0.9, 0.1));
  });

  it("takes the nearest of several nodes", () => {
    expect(aim(at(16, 0), net, 40).point.hold).toEqual({ kind: "node", id: "b" });
  });

  it("falls on the edge where no node is near, within a millimetre of it", () => {
    const slanted = joined(NO_NET, { ...context, edges: [{ a: "a", b: "c", length_m: 50 }] });
    const { point } = aim(at(15.2, 19.9), slanted, 2);
    expect(point.hold).toMatchObject({ kind: "edge", a: "a", b: "c" });
    const [x, y] = [point.x - ORIGIN.x, point.y - ORIGIN.y];
    expect(Math.abs(x * 40 - y * 30) / 50).toBeLessThan(0.001);
    expect(point.lon).toBeCloseTo(ORIGIN.lon + x * 9.17e-6, 8);
  });

  it("stays where the hand is, to the millimetre, when nothing is near", () => {
    const { point, distance_m } = aim(at(15.00049, 20), net, 2);
    expect(point).toMatchObject({ x: ORIGIN.x + 15, y: ORIGIN.y + 20, hold: { kind: "free" } });
    expect(distance_m).toBe(0);
  });

  it("never reaches beyond the ends of an edge", () => {
    expect(aim(at(30.5, -0.5), { ...net, nodes: net.nodes }, 0.5).point.hold.kind).toBe("free");
  });
});

describe("the reach", () => {
  it("is in pixels until that would be far on the ground", () => {
    expect(toleranceM(0.1)).toBeCloseTo(1.4);
    expect(toleranceM(10)).toBe(5);
  });
});

describe("joining", () => {
  it("knows an edge once, whichever way it runs", () => {
    const twice = joined(net, { ...context, edges: [{ a: "b", b: "a", length_m: 30 }] });
    expect(twice.edges).toHaveLength(4);
    expect(twice.nodes.size).toBe(4);
  });
});

describe("the fitted plane", () => {
  it("goes there and back", () => {
    const fit = fitPlane(context.nodes);
    const place = fit?.toPlane(at(12, 7));
    expect(place?.x).toBeCloseTo(ORIGIN.x + 12, 4);
    expect(place?.y).toBeCloseTo(ORIGIN.y + 7, 4);
    const back = fit?.toLonLat(at(12, 7));
    expect(back?.lon).toBeCloseTo(at(12, 7).lon, 9);
    expect(back?.lat).toBeCloseTo(at(12, 7).lat, 9);
  });

  it("is none through points of one line", () => {
    expect(fitPlane([at(0, 0), at(1, 1), at(2, 2), at(5, 5)])).toBeNull();
    expect(fitPlane([at(0, 0), at(1, 0)])).toBeNull();
  });
});
