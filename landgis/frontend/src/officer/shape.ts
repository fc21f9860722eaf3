/** Where in a shape a word has room. Degrees, for drawing only. Pure. */
import type { Position } from "geojson";
import { type Shape, boundsOf, polygonsOf } from "../core/extent";

const ROWS = 17;

/** A place inside the largest open part of a shape; null for a shape of nothing. */
export function labelPlace(shape: Shape): [number, number] | null {
  const [west, south, east, north] = boundsOf([shape]) ?? [0, 0, 0, 0];
  // A degree of longitude is shorter than one of latitude: measure room on the ground.
  const squeeze = Math.cos((((south + north) / 2) * Math.PI) / 180);
  let best: { place: [number, number]; room: number } | null = null;
  for (const polygon of polygonsOf(shape)) {
    for (let row = 1; row < ROWS; row += 1) {
      const y = south + ((north - south) * row) / ROWS;
      for (const x of middles(polygon, y)) {
        const room = roomAt(polygon, [x, y], squeeze);
        if (!best || room > best.room) best = { place: [x, y], room };
      }
    }
  }
  return best?.place ?? (east > west || north > south ? [(west + east) / 2, (south + north) / 2] : null);
}

/** Whether a place lies inside a shape, holes left out. */
export function contains(shape: Shape, [x, y]: readonly [number, number]): boolean {
  return polygonsOf(shape).some((polygon) => crossings(polygon, y).filter((at) => at > x).length % 2 === 1);
}

function middles(polygon: Position[][], y: number): number[] {
  const cuts = crossings(polygon, y);
  return cuts.flatMap((x, at) => (at % 2 === 0 ? [(x + (cuts[at + 1] ?? x)) / 2] : []));
}

function crossings(polygon: Position[][], y: number): number[] {
  const cuts = segments(polygon).flatMap(([ax, ay, bx, by]) =>
    ay > y === by > y ? [] : [ax + ((y - ay) / (by - ay)) * (bx - ax)],
  );
  return cuts.sort((a, b) => a - b);
}

function roomAt(polygon: Position[][], [x, y]: readonly [number, number], squeeze: number): number {
  let room = Infinity;
  for (const [ax, ay, bx, by] of segments(polygon)) {
    const [px, py, dx, dy] = [(x - ax) * squeeze, y - ay, (bx - ax) * squeeze, by - ay];
    const share = Math.min(1, Math.max(0, (px * dx + py * dy) / (dx * dx + dy * dy || 1)));
    room = Math.min(room, Math.hypot(px - share * dx, py - share * dy));
  }
  return room;
}

function segments(polygon: Position[][]): [number, number, number, number][] {
  return polygon.flatMap((ring) =>
    ring.slice(1).map((b, at): [number, number, number, number] => {
      const a = ring[at] ?? b;
      return [a[0] ?? 0, a[1] ?? 0, b[0] ?? 0, b[1] ?? 0];
    }),
  );
}
