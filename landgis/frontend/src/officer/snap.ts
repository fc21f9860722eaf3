/** Where a point lands: on a node the server sent, else on an edge, else where it was put. Pure. */
import type { Context, Edge, Node, Place } from "../core/drafts-api";

/** What a point is held by. */
export type Hold =
  | { readonly kind: "node"; readonly id: string }
  | { readonly kind: "edge"; readonly a: string; readonly b: string; readonly length_m: number }
  | { readonly kind: "free" };

export interface Point extends Place {
  readonly hold: Hold;
}

/** The point that a press would add, and how far the hand was from it. */
export interface Aim {
  readonly point: Point;
  readonly distance_m: number;
}

/** Nodes and edges to snap to. */
export interface Net {
  readonly nodes: ReadonlyMap<string, Node>;
  readonly edges: readonly Edge[];
}

export const NO_NET: Net = { nodes: new Map(), edges: [] };

/** How near the hand must come, in CSS pixels, and at most in metres on the ground. */
export const TOLERANCE_PX = 14;
export const TOLERANCE_M = 5;

export function toleranceM(metresPerPx: number): number {
  return Math.min(TOLERANCE_M, TOLERANCE_PX * metresPerPx);
}

/** Answer `net` with what another part of the register adds. */
export function joined(net: Net, { nodes, edges }: Context): Net {
  const name = ({ a, b }: Edge): string => (a < b ? `${a} ${b}` : `${b} ${a}`);
  const known = new Set(net.edges.map(name));
  return {
    nodes: new Map([...net.nodes, ...nodes.map((node) => [node.id, node] as const)]),
    edges: [...net.edges, ...edges.filter((edge) => !known.has(name(edge)))],
  };
}

/** Aim at the nearest node within `tolerance_m`; without one at the nearest edge; else at `at`. */
export function aim(at: Place, net: Net, tolerance_m: number): Aim {
  return toNode(at, net, tolerance_m) ?? toEdge(at, net, tolerance_m) ?? free(at);
}

/** A point that is held by nothing; survey coordinates are written to the millimetre. */
export function free({ x, y, lon, lat }: Place): Aim {
  return { point: { x: toMm(x), y: toMm(y), lon, lat, hold: { kind: "free" } }, distance_m: 0 };
}

export function atNode({ x, y, lon, lat, id }: Node): Point {
  return { x, y, lon, lat, hold: { kind: "node", id } };
}

function toNode(at: Place, { nodes }: Net, tolerance_m: number): Aim | null {
  let best: Aim | null = null;
  let reach = tolerance_m;
  for (const node of nodes.values()) {
    const distance_m = Math.hypot(node.x - at.x, node.y - at.y);
    if (distance_m > reach) continue;
    reach = distance_m;
    best = { point: atNode(node), distance_m };
  }
  return best;
}

function toEdge(at: Place, { nodes, edges }: Net, tolerance_m: number): Aim | null {
  let best: Aim | null = null;
  let reach = tolerance_m;
  for (const edge of edges) {
    const [a, b] = [nodes.get(edge.a), nodes.get(edge.b)];
    if (!a || !b) continue;
    const foot = footOf(at, a, b);
    const distance_m = Math.hypot(foot.x - at.x, foot.y - at.y);
    if (distance_m > reach) continue;
    reach = distance_m;
    best = { point: { ...foot, hold: { kind: "edge", ...edge } }, distance_m };
  }
  return best;
}

/** The place on an edge nearest to `at`; rounding moves it off the edge by less than a millimetre. */
function footOf(at: Place, a: Node, b: Node): Place {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const along = ((at.x - a.x) * dx + (at.y - a.y) * dy) / (dx * dx + dy * dy || 1);
  const share = Math.min(1, Math.max(0, along));
  return {
    x: toMm(a.x + share * dx),
    y: toMm(a.y + share * dy),
    lon: a.lon + share * (b.lon - a.lon),
    lat: a.lat + share * (b.lat - a.lat),
  };
}

function toMm(metres: number): number {
  return Math.round(metres * 1000) / 1000;
}
