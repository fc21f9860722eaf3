/** The newest step alone, out of a preview of the whole dossier. Pure. */
import type { Balance, Change, Face } from "../core/drafts-api";

/** A change of one step. */
export interface Step extends Change {
  /** False: the server has balanced the whole dossier, and these sums are added up here. */
  readonly isWhole: boolean;
}

/** The faces that a change really replaces: a neighbour that only gets a node looks the same. */
export function replaced(faces: readonly Face[]): readonly Face[] {
  return faces.filter(({ fate }) => fate !== "node_added");
}

/** Answer what `preview` adds to the dossier as it stands, done to `targets`. */
export function stepOf(dossier: Change | null, preview: Change, targets: readonly Face[]): Step {
  if (!dossier) return { ...preview, isWhole: true };
  const known = new Set(dossier.after.map((face) => face.parcel_id));
  const after = replaced(preview.after).filter((face) => !known.has(face.parcel_id));
  return {
    ...preview,
    before: targets,
    after,
    balance: balanceOf(targets, after),
    points: preview.points.filter((point) => !dossier.points.some(({ x, y }) => x === point.x && y === point.y)),
    edges: preview.edges.filter((edge) => !dossier.edges.some(isSame(edge))),
    neighbours: preview.neighbours.filter((neighbour) => !dossier.neighbours.some(isSame(neighbour))),
    isWhole: false,
  };
}

function balanceOf(before: readonly Face[], after: readonly Face[]): Balance {
  const measured = (faces: readonly Face[]): number => faces.reduce((sum, { area_m2 }) => sum + area_m2, 0);
  const registered = (faces: readonly Face[]): number | null =>
    faces.some((face) => face.register_area_m2 === null)
      ? null
      : faces.reduce((sum, face) => sum + (face.register_area_m2 ?? 0), 0);
  return {
    before_m2: measured(before),
    after_m2: measured(after),
    difference_m2: measured(after) - measured(before),
    register_before_m2: registered(before),
    register_after_m2: registered(after),
  };
}

function isSame(one: object): (other: object) => boolean {
  const text = JSON.stringify(one);
  return (other) => JSON.stringify(other) === text;
}
