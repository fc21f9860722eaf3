/**
 * From the screen's degrees to the survey plane and back, near places that the server gave in both.
 * Good for the hand and the read-out (centimetres over a few hundred metres), never for a result:
 * points that snap take the server's own coordinates. Pure.
 */
import type { Place } from "../core/drafts-api";
import type { LonLat } from "../core/map-options";

export interface XY {
  readonly x: number;
  readonly y: number;
}

export interface PlaneFit {
  readonly toPlane: (at: LonLat) => XY;
  readonly toLonLat: (at: XY) => LonLat;
}

/** Fit by least squares; null when the places are fewer than three or lie on one line. */
export function fitPlane(places: readonly Place[]): PlaneFit | null {
  if (places.length < 3) return null;
  const mean = (of: (place: Place) => number): number =>
    places.reduce((sum, place) => sum + of(place), 0) / places.length;
  const middle = { x: mean((p) => p.x), y: mean((p) => p.y), lon: mean((p) => p.lon), lat: mean((p) => p.lat) };
  const sum = (of: (place: Place) => number): number => mean(of) * places.length;
  const [uu, uv, vv] = [
    sum((p) => (p.lon - middle.lon) ** 2),
    sum((p) => (p.lon - middle.lon) * (p.lat - middle.lat)),
    sum((p) => (p.lat - middle.lat) ** 2),
  ];
  const spread = uu * vv - uv * uv;
  if (spread <= 1e-9 * uu * vv) return null;
  const solve = (of: (place: Place) => number): [number, number] => {
    const u = sum((p) => of(p) * (p.lon - middle.lon));
    const v = sum((p) => of(p) * (p.lat - middle.lat));
    return [(u * vv - v * uv) / spread, (v * uu - u * uv) / spread];
  };
  return affine(middle, solve((p) => p.x - middle.x), solve((p) => p.y - middle.y));
}

function affine(middle: Place, [xu, xv]: [number, number], [yu, yv]: [number, number]): PlaneFit {
  const determinant = xu * yv - xv * yu;
  return {
    toPlane: ({ lon, lat }) => {
      const [u, v] = [lon - middle.lon, lat - middle.lat];
      return { x: middle.x + xu * u + xv * v, y: middle.y + yu * u + yv * v };
    },
    toLonLat: ({ x, y }) => {
      const [dx, dy] = [x - middle.x, y - middle.y];
      return {
        lon: middle.lon + (yv * dx - xv * dy) / determinant,
        lat: middle.lat + (xu * dy - yu * dx) / determinant,
      };
    },
  };
}
