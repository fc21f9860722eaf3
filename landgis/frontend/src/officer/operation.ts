/** What the officer is doing to parcels, step by step, before the server is asked to do it. Pure. */
import type { Problem } from "../core/api";
import type { Face, Intent, Plane, Preview } from "../core/drafts-api";
import type { Lang } from "../core/i18n";
import { type Cells, allocationOf, columnsOf } from "./ledger";
import type { Point } from "./snap";

/** `look`: nothing but reading about one parcel. */
export type Operation =
  | { readonly kind: "none" }
  | { readonly kind: "look"; readonly parcel: string }
  | Split
  | Merge;

export interface Split {
  readonly kind: "split";
  readonly parcel: string | null;
  readonly line: readonly Point[];
  /** True while a press adds a further point. */
  readonly isOpen: boolean;
  /** What each child is given; null until the server has proposed something. */
  readonly cells: Cells | null;
}

export interface Merge {
  readonly kind: "merge";
  readonly parcels: readonly string[];
  /** Address of the new parcel where theirs differ; null: not asked for, or not said. */
  readonly address: string | null;
}

/** What the server says of an operation. The preview stays in sight while the next one is awaited. */
export interface Outlook {
  readonly of: Operation | null;
  readonly preview: Preview | null;
  readonly problem: Problem | null;
}

export type Tool = "select" | "split" | "merge";

export type OperationEvent =
  | { readonly type: "tool"; readonly tool: Tool }
  | { readonly type: "picked"; readonly parcel: string }
  | { readonly type: "point"; readonly point: Point }
  | { readonly type: "point_set"; readonly at: number; readonly point: Point }
  | { readonly type: "point_removed"; readonly at: number }
  | { readonly type: "line_finished" }
  | { readonly type: "address"; readonly address: string }
  | { readonly type: "dropped" };

export const NOTHING: Operation = { kind: "none" };
export const UNKNOWN: Outlook = { of: null, preview: null, problem: null };

/** The tool that an operation belongs to. */
export function toolOf({ kind }: Operation): Tool {
  return kind === "split" || kind === "merge" ? kind : "select";
}

/** The parcels an operation is about. */
export function targets(operation: Operation): readonly string[] {
  switch (operation.kind) {
    case "none":
      return [];
    case "merge":
      return operation.parcels;
    default:
      return operation.parcel === null ? [] : [operation.parcel];
  }
}

/** Answer the operation after `event`; the same object when nothing changed. */
export function operate(operation: Operation, event: OperationEvent): Operation {
  switch (event.type) {
    case "tool":
      return event.tool === toolOf(operation) ? operation : started(event.tool, targets(operation));
    case "picked":
      return picked(operation, event.parcel);
    case "dropped":
      return dropped(operation);
    case "address":
      return operation.kind === "merge" ? { ...operation, address: event.address || null } : operation;
    default:
      return operation.kind === "split" ? drawn(operation, event) : operation;
  }
}

function started(tool: Tool, parcels: readonly string[]): Operation {
  const parcel = parcels[0] ?? null;
  if (tool === "merge") return { kind: "merge", parcels, address: null };
  if (tool === "split") return { kind: "split", parcel, line: [], isOpen: true, cells: null };
  return parcel === null ? NOTHING : { kind: "look", parcel };
}

function picked(operation: Operation, parcel: string): Operation {
  if (operation.kind === "split") return started("split", [parcel]);
  if (operation.kind !== "merge") return { kind: "look", parcel };
  const others = operation.parcels.filter((one) => one !== parcel);
  const isIn = others.length < operation.parcels.length;
  return { kind: "merge", parcels: isIn ? others : [...others, parcel], address: null };
}

/** One level back: the line, then the tool, then the parcel. */
function dropped(operation: Operation): Operation {
  if (operation.kind === "split" && operation.line.length > 0) {
    return started("split", targets(operation));
  }
  return operation.kind === "look" ? NOTHING : started("select", targets(operation));
}

type LineEvent = Exclude<OperationEvent, { type: "tool" | "picked" | "dropped" | "address" }>;

/** Other points make other children, so what was given to the old ones falls away. */
function drawn(split: Split, event: LineEvent): Operation {
  const { line } = split;
  switch (event.type) {
    case "point": {
      const last = line.at(-1);
      if (last && isSame(last, event.point)) return { ...split, isOpen: false };
      return { ...split, line: [...line, event.point], isOpen: true, cells: null };
    }
    case "point_set":
      return { ...split, line: line.with(event.at, event.point), cells: null };
    case "point_removed":
      return { ...split, line: line.toSpliced(event.at, 1), isOpen: true, cells: null };
    case "line_finished":
      return line.length > 1 && split.isOpen ? { ...split, isOpen: false } : split;
  }
}

function isSame(a: Point, b: Point): boolean {
  return a.x === b.x && a.y === b.y;
}

/** What to ask the server for; null while the operation is not whole. */
export function intentOf(
  lang: Lang,
  operation: Operation,
  faces: ReadonlyMap<string, Face>,
  plane: Plane | null,
): Intent | null {
  if (operation.kind === "merge") {
    const { parcels, address } = operation;
    return parcels.length > 1 ? { op: "merge", parcels, ...(address ? { address } : {}) } : null;
  }
  if (operation.kind !== "split" || operation.line.length < 2) return null;
  const parent = operation.parcel === null ? undefined : faces.get(operation.parcel);
  if (!parent || !plane) return null;
  const { cells } = operation;
  const allocation = cells && allocationOf(lang, cells, columnsOf(parent));
  if (cells && !allocation) return null;
  const line = operation.line.map(({ x, y }) => [x, y] as const);
  return { op: "split", parcel_id: parent.parcel_id, line, epsg: plane.epsg, allocation };
}
