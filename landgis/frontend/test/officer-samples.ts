/** Small drafts and parcels for the officer page's tests; names are invented. */
import type { Change, Context, Draft, Face, Node, Preview } from "../src/core/drafts-api";

export const PLANE = { epsg: 9209, label: { vi: "VN-2000 105°30′", en: "VN-2000 105°30′" } };

export function square(west: number, south: number, size = 1): Face["geometry"] {
  const [east, north] = [west + size, south + size];
  return { type: "Polygon", coordinates: [[[west, south], [east, south], [east, north], [west, north], [west, south]]] };
}

export function face(id: string, more: Partial<Face> = {}): Face {
  return {
    parcel_id: id,
    fid: null,
    fate: null,
    unit_code: "25645",
    unit_name: "Phường Hoà Thành",
    sheet: "12",
    number: "152",
    is_provisional: false,
    area_m2: 718,
    register_area_m2: 715,
    land_uses: [{ code: "ODT", area_m2: 500 }, { code: "CLN", area_m2: 215 }],
    address: null,
    geometry: square(106, 11),
    pending: null,
    ...more,
  };
}

export const PARENT = face("parent", { fid: 7 });

export function child(id: string, number: string, west: number): Face {
  return face(id, { number, fate: "created", is_provisional: true, geometry: square(west, 11, 0.5), area_m2: 359 });
}

export function change(more: Partial<Change> = {}): Change {
  return {
    kind: "edit",
    plane: PLANE,
    before: [{ ...PARENT, fate: "retired" }, face("neighbour", { fid: 8, number: "150", fate: "node_added" })],
    after: [child("a", "311", 106), child("b", "312", 106.5), face("neighbour", { fid: 8, number: "150", fate: "node_added" })],
    balance: { before_m2: 718, after_m2: 718, difference_m2: 0, register_before_m2: 715, register_after_m2: 715 },
    points: [{ x: 1, y: 2, lon: 106.5, lat: 11, is_new: true }],
    edges: [{ length_m: 31.05, geometry: { type: "LineString", coordinates: [[106.5, 11], [106.5, 12]] } }],
    neighbours: [],
    checks: [{ code: "change.allocation", outcome: "fail", message: { vi: "", en: "" } }],
    ...more,
  };
}

export function draft(more: Partial<Draft> = {}): Draft {
  return {
    id: "d",
    record_no: "HS 1",
    reason: "Tách thửa",
    basis: { reference: "QĐ 1", documents: [] },
    state: "open",
    rev: 1,
    step: 0,
    steps: 0,
    author: "Nguyễn Thị Mai",
    reviewer: null,
    comment: null,
    created_at: "2026-11-23T08:00:00+07:00",
    updated_at: "2026-11-23T08:00:00+07:00",
    submitted_at: null,
    decided_at: null,
    units: ["25645"],
    sha256: null,
    revision: null,
    sequence: null,
    may: ["edit", "submit", "abandon"],
    change: null,
    ...more,
  };
}

export function preview(more: Partial<Preview> = {}): Preview {
  const half = { register_area_m2: 357.5, land_uses: [{ code: "ODT", area_m2: 250 }, { code: "CLN", area_m2: 107.5 }] };
  return {
    token: "t",
    can_commit: false,
    refusal: { code: "allocation_missing", detail: "" },
    proposal: [half, half],
    change: change(),
    ...more,
  };
}

const node = (x: number, y: number): Node => ({ id: `${x}:${y}`, x, y, lon: 106 + x / 1000, lat: 11 + y / 1000 });

export const CONTEXT: Context = {
  plane: PLANE,
  tolerance_m: 0.001,
  faces: [PARENT, face("neighbour", { fid: 8, number: "150" })],
  nodes: [node(0, 0), node(30, 0), node(30, 30), node(0, 30)],
  edges: [{ a: "0:0", b: "30:0", length_m: 30 }],
};

