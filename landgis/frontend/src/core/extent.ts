/** Boxes: of shapes in degrees, and of the part of a window that panels leave free. Pure. */
import type { MultiPolygon, Polygon, Position } from "geojson";

/** West, south, east, north. */
export type Bounds = [number, number, number, number];

/** Parts of the window that panels cover, in CSS pixels. */
export interface Insets {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
}

/** A part of the window, in CSS pixels from its upper left corner. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export type Shape = Polygon | MultiPolygon;

/** The rings of a shape, polygon by polygon. */
export function polygonsOf(shape: Shape): Position[][][] {
  return shape.type === "Polygon" ? [shape.coordinates] : shape.coordinates;
}

/** The box around all shapes; null when there is nothing in them. */
export function boundsOf(shapes: readonly Shape[]): Bounds | null {
  const positions = shapes.flatMap((shape) => polygonsOf(shape).flat(2));
  if (positions.length === 0) return null;
  const bounds: Bounds = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x = 0, y = 0] of positions) {
    bounds[0] = Math.min(bounds[0], x);
    bounds[1] = Math.min(bounds[1], y);
    bounds[2] = Math.max(bounds[2], x);
    bounds[3] = Math.max(bounds[3], y);
  }
  return bounds;
}

/** A box as a shape. */
export function shapeOf([west, south, east, north]: Readonly<Bounds>): Polygon {
  const ring = [[west, south], [east, south], [east, north], [west, north], [west, south]];
  return { type: "Polygon", coordinates: [ring] };
}

export function freeBox(width: number, height: number, insets: Insets): Box {
  const { top, right, bottom, left } = insets;
  return { left, top, right: width - right, bottom: height - bottom };
}

export function isInside(box: Box, { x, y }: { x: number; y: number }): boolean {
  return x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;
}

export function widen(insets: Insets, by: number): Insets {
  const { top, right, bottom, left } = insets;
  return { top: top + by, right: right + by, bottom: bottom + by, left: left + by };
}
