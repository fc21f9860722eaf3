/** The hand on the map, be it the mouse, the crosshair or typed coordinates: all go the same way. */
import type { Insets, Shape } from "../core/extent";
import type { MapView } from "../core/map";
import type { LonLat } from "../core/map-options";
import type { StoreOf } from "../core/store-of";
import type { Desk } from "./desk";
import { readNumber } from "./ledger";
import { type Tool, targets } from "./operation";
import type { Found } from "./parts";
import { type PlaneFit, fitPlane } from "./plane";
import { contains } from "./shape";
import { type Aim, type Net, type Point, aim, atNode, free, toleranceM } from "./snap";
import { type Event, type State, isFresh, mayEdit } from "./state";

/** A second press this near the last point, in CSS pixels, ends the line: a double click trembles. */
const SAME_PRESS_PX = 4;
/** What is worked on fills the middle of the map, with what adjoins it around. */
const WORK_INSETS: Insets = { top: 70, right: 130, bottom: 70, left: 130 };
const WORK_ZOOM = 20.6;
/** A typed coordinate this near a node is that node's. */
const SAME_NODE_M = 0.001;

export class Hand {
  private fitted: { readonly net: Net; readonly fit: PlaneFit | null } | null = null;

  constructor(
    private readonly store: StoreOf<State, Event>,
    private readonly desk: Desk,
    private readonly map: () => MapView | null,
  ) {}

  /** The mouse stands over a place, or has left the map. */
  move(at: LonLat | null): void {
    if (this.store.state().crosshair) this.store.send({ type: "crosshair", at: null });
    this.store.send({ type: "aim", aim: at && this.aimAt(at), pointer: at });
  }

  /** Move the crosshair by pixels; at the edge of the map the map moves instead. */
  step(x: number, y: number): void {
    const map = this.map();
    if (!map) return;
    const { width, height } = map.raw.getCanvas().getBoundingClientRect();
    const from = this.store.state().crosshair ?? { x: width / 2, y: height / 2 };
    const to = { x: from.x + x, y: from.y + y };
    const kept = { x: Math.min(width - 24, Math.max(24, to.x)), y: Math.min(height - 24, Math.max(24, to.y)) };
    if (kept.x !== to.x || kept.y !== to.y) map.panBy(to.x - kept.x, to.y - kept.y);
    this.store.send({ type: "crosshair", at: kept });
    const at = map.toLonLat(kept.x, kept.y);
    this.store.send({ type: "aim", aim: this.aimAt(at), pointer: at });
  }

  /** Aim anew where the crosshair stands: what lies under it has changed. */
  aimAgain(): void {
    if (this.store.state().crosshair) this.step(0, 0);
  }

  /** Press where the crosshair stands. */
  pressCrosshair(): void {
    const { crosshair } = this.store.state();
    const map = this.map();
    if (crosshair && map) this.press(map.toLonLat(crosshair.x, crosshair.y), map.hitAt(crosshair.x, crosshair.y));
  }

  /** A press adds a point to the line in hand, or takes the parcel under it. */
  press(at: LonLat, hit: number | null): void {
    const state = this.store.state();
    if (!mayEdit(state)) return;
    const { operation } = state;
    if (operation.kind !== "split" || operation.parcel === null) return this.takeAt(at, hit);
    const aimed = this.aimAt(at);
    // A line that was refused may go on although it was ended.
    if (!aimed || !(operation.isOpen || state.outlook.problem)) return;
    const last = operation.line.at(-1);
    const reach = SAME_PRESS_PX * (state.view?.metresPerPx ?? 0);
    const isAgain = last && Math.hypot(last.x - aimed.point.x, last.y - aimed.point.y) <= reach;
    if (isAgain) this.store.send({ type: "line_finished" });
    else this.add(aimed.point);
  }

  tool(tool: Tool): void {
    const before = targets(this.store.state().operation);
    this.store.send({ type: "tool", tool });
    this.store.send({ type: "found", found: null });
    const [parcel] = before;
    if (parcel) this.desk.surround(parcel, () => undefined);
  }

  /** Take a parcel in hand: at once where it is known, and with its surroundings in any case. */
  take(parcel: string): void {
    const isKnown = this.store.state().faces.has(parcel);
    if (isKnown) this.store.send({ type: "picked", parcel });
    this.desk.surround(parcel, (id) => {
      if (!isKnown) this.store.send({ type: "picked", parcel: id });
    });
  }

  /** Go to what a search has found; who may edit takes it in hand, the others see it outlined. */
  goTo({ parcel_id, fid, geometry }: Found): void {
    this.store.send({ type: "found", found: null });
    this.flyTo([geometry]);
    this.store.send({ type: "crosshair", at: null });
    this.toMap();
    if (mayEdit(this.store.state())) this.take(parcel_id);
    else this.map()?.select(fid);
  }

  /** Bring what is worked on before the officer's eyes. */
  flyTo(shapes: readonly Shape[]): void {
    this.map()?.flyTo(shapes, WORK_INSETS, WORK_ZOOM);
  }

  /** Give the keyboard to the map: the crosshair appears. */
  toMap(): void {
    this.step(0, 0);
    this.map()?.focus();
  }

  addNode(id: string): void {
    const node = this.store.state().net.nodes.get(id);
    if (node) this.add(atNode(node));
  }

  /** Read a point as it was typed, north first; false when that is no place. */
  setPoint(at: number | null, north: string, east: string): boolean {
    const { lang, net } = this.store.state();
    const [y, x] = [readNumber(lang, north), readNumber(lang, east)];
    const fit = this.fit(net);
    if (x === null || y === null || !fit) return false;
    const near = [...net.nodes.values()].find((node) => Math.hypot(node.x - x, node.y - y) <= SAME_NODE_M);
    const point = near ? atNode(near) : free({ x, y, ...fit.toLonLat({ x, y }) }).point;
    if (at === null) this.add(point);
    else this.store.send({ type: "point_set", at, point });
    return true;
  }

  /** End the line in hand, else have the server make what it has shown. */
  accept(): void {
    const state = this.store.state();
    const { operation, outlook } = state;
    if (operation.kind === "split" && operation.isOpen) return this.store.send({ type: "line_finished" });
    const { preview } = outlook;
    if (!preview?.can_commit || !isFresh(state)) return;
    this.desk.write("commit", (writes, draft, key) => writes.commit(draft, preview.token, key));
    this.map()?.focus();
  }

  private add(point: Point): void {
    this.store.send({ type: "point", point });
  }

  private takeAt({ lon, lat }: LonLat, hit: number | null): void {
    const { draft, faces } = this.store.state();
    const made = draft?.change?.after.find(
      ({ fate, geometry }) => fate !== "node_added" && fate !== null && contains(geometry, [lon, lat]),
    );
    if (made) return this.take(made.parcel_id);
    if (hit === null) return;
    const known = [...faces.values()].find(({ fid }) => fid === hit);
    this.take(known?.parcel_id ?? String(hit));
  }

  private aimAt(at: LonLat): Aim | null {
    const { net, isSnapping, view } = this.store.state();
    const xy = this.fit(net)?.toPlane(at);
    if (!xy || !view) return null;
    const place = { ...xy, ...at };
    return isSnapping ? aim(place, net, toleranceM(view.metresPerPx)) : free(place);
  }

  private fit(net: Net): PlaneFit | null {
    if (this.fitted?.net !== net) this.fitted = { net, fit: fitPlane([...net.nodes.values()]) };
    return this.fitted.fit;
  }
}
