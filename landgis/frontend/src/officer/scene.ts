/** What the map draws of the state: features for its three sources, and what the tiles leave out. Pure. */
import type { Feature, FeatureCollection, Geometry } from "geojson";
import type { Change, Face } from "../core/drafts-api";
import { polygonsOf } from "../core/extent";
import { formatArea, formatNumber } from "../core/format";
import type { SourceName } from "./layers";
import { targets } from "./operation";
import { labelPlace } from "./shape";
import { type State, mayEdit, proposedStep } from "./state";
import { replaced } from "./step";

export interface Scene extends Readonly<Record<SourceName, FeatureCollection>> {
  readonly gone: ReadonlySet<number>;
}

const HUES = 4;

/** Answer everything to draw. */
export function sceneOf(state: State): Scene {
  const change = isInForce(state) ? null : (state.draft?.change ?? null);
  const proposed = proposedStep(state);
  const isReading = !mayEdit(state);
  return {
    ctx: collection([...draftFeatures(state, change, proposed, isReading), ...pickedFeatures(state, proposed)]),
    preview: collection(isReading ? readFeatures(state, change) : childFeatures(state, proposed)),
    handles: collection(isReading ? cutFeatures(state, change) : handFeatures(state, proposed)),
    gone: goneOf(change, proposed),
  };
}

/** Whether the tiles themselves show what came of the dossier, and that is what is looked at. */
function isInForce({ draft, isSettling, compare }: State): boolean {
  return draft?.state === "abandoned" || (draft?.state === "approved" && !isSettling && compare === "after");
}

/** Parcels that the tiles still draw and the draft has replaced. */
function goneOf(...changes: readonly (Change | null)[]): ReadonlySet<number> {
  const faces = changes.flatMap((change) => (change ? [...change.before, ...change.after] : []));
  const replaced = faces.filter(({ fate }) => fate !== null && fate !== "node_added");
  return new Set(replaced.flatMap(({ fid }) => (fid === null ? [] : [fid])));
}

function draftFeatures(state: State, change: Change | null, proposed: Change | null, isReading: boolean): Feature[] {
  if (!change) return [];
  if (isReading) return state.compare === "after" ? [] : formerFeatures(change, state.compare);
  const now = new Set(proposed?.before.map((face) => face.parcel_id));
  return replaced(change.after)
    .filter((face) => !now.has(face.parcel_id))
    .flatMap((face) => [
      feature(face.geometry, { role: "draft", use: face.land_uses[0]?.code ?? "" }),
      ...label(face, { role: "draft-number", text: face.number ?? "" }),
    ]);
}

function formerFeatures(change: Change, compare: "before" | "both"): Feature[] {
  const isAlone = compare === "before";
  return replaced(change.before).flatMap((face) => [
    ...(isAlone ? [feature(face.geometry, { role: "draft", use: face.land_uses[0]?.code ?? "" })] : []),
    feature(face.geometry, { role: "former" }),
    ...(isAlone ? label(face, { role: "former-number", text: face.number ?? "" }) : []),
  ]);
}

function readFeatures(state: State, change: Change | null): Feature[] {
  return change && state.compare !== "before" ? childFeatures(state, change) : [];
}

function childFeatures({ lang }: State, change: Change | null): Feature[] {
  if (!change) return [];
  return replaced(change.after).flatMap((face, at) => [
    feature(face.geometry, { role: "child", hue: at % HUES }),
    ...label(face, { role: "label", text: nameOf(face, at), area: formatArea(lang, face.area_m2) }),
  ]);
}

/** A child without a number of its own yet is called by a letter. */
export function nameOf(face: Face, at: number): string {
  return face.number ?? String.fromCharCode(97 + (at % 26));
}

function pickedFeatures({ faces, operation }: State, proposed: Change | null): Feature[] {
  const picked = new Set(targets(operation));
  const pending = [...faces.values()].filter((face) => face.pending);
  const shown = proposed ? [] : [...faces.values()].filter((face) => picked.has(face.parcel_id));
  return [
    ...pending.map((face) => feature(face.geometry, { role: "pending" })),
    ...shown.map((face) => feature(face.geometry, { role: "picked" })),
  ];
}

/** The corners of the parcel in hand, the line drawn over it and its points. */
function handFeatures({ faces, operation, lang }: State, proposed: Change | null): Feature[] {
  if (operation.kind !== "split") return cutsOf(proposed);
  const parcel = operation.parcel === null ? undefined : faces.get(operation.parcel);
  const corners = parcel ? cornersOf(parcel) : [];
  const line = operation.line.map(({ lon, lat }) => [lon, lat]);
  return [
    ...(line.length > 1 ? [feature({ type: "LineString", coordinates: line }, { role: "cut" })] : []),
    ...corners.map((at) => feature({ type: "Point", coordinates: at }, { role: "node" })),
    ...line.map((at) => feature({ type: "Point", coordinates: at }, { role: "point" })),
    ...lengths(lang, proposed),
  ];
}

function cornersOf({ geometry }: Face): number[][] {
  return polygonsOf(geometry).flatMap((polygon) => polygon.flatMap((ring) => ring.slice(1)));
}

function cutFeatures({ compare, lang }: State, change: Change | null): Feature[] {
  if (!change || compare === "before") return [];
  const fresh = change.points.filter((point) => point.is_new);
  return [
    ...cutsOf(change),
    ...fresh.map(({ lon, lat }) => feature({ type: "Point", coordinates: [lon, lat] }, { role: "point" })),
    ...lengths(lang, change),
  ];
}

function cutsOf(change: Change | null): Feature[] {
  return (change?.edges ?? []).map(({ geometry }) => feature(geometry, { role: "cut" }));
}

function lengths(lang: State["lang"], change: Change | null): Feature[] {
  return (change?.edges ?? []).map(({ geometry, length_m }) =>
    feature(geometry, { role: "length", text: `${formatNumber(lang, length_m, 2)}\u00a0m` }),
  );
}

function label(face: Face, properties: Record<string, unknown>): Feature[] {
  const at = labelPlace(face.geometry);
  return at ? [feature({ type: "Point", coordinates: at }, properties)] : [];
}

function feature(geometry: Geometry, properties: Record<string, unknown>): Feature {
  return { type: "Feature", geometry, properties };
}

function collection(features: Feature[]): FeatureCollection {
  return { type: "FeatureCollection", features };
}
