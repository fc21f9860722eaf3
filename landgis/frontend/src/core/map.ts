/** The map itself. It shows; it decides nothing. */
import type { FeatureCollection } from "geojson";
import {
  type GeoJSONSource,
  type LngLatLike,
  type Map as MapLibre,
  Marker,
  type StyleSpecification,
} from "maplibre-gl";
import { type Box, type Insets, type Shape, boundsOf, freeBox, isInside, widen } from "./extent";
import { listen, makeMap, paintGround, prepareEditing } from "./make-map";
import type { Drawn, LonLat, MapOptions } from "./map-options";
import { LAND, landAreas } from "./look";
import { LABELS, PARCELS, SELECTED_NUMBER, SOURCE, onlyLabel, parcelAreas } from "./style";

/** Closest zoom at which a found parcel is shown: its neighbours should still be in view. */
const FOUND_ZOOM = 17.8;

/**
 * The open map. Making one throws when the browser has no WebGL 2: the caller then shows words.
 * Times of flight are MapLibre's own, which are nil when the reader prefers reduced motion.
 */
export class MapView {
  /** The MapLibre object; public for browser tests only. */
  readonly raw: MapLibre;
  private areas: string[];
  private styled = false;
  private selected: number | null = null;
  private here: Marker | null = null;
  private pins: readonly Marker[] = [];
  private readonly shown = new Map<string, FeatureCollection>();
  private gone: ReadonlySet<number> = new Set();
  private land: string[];
  /** The newest change that this page knows of: every tile has to show it. */
  private sequence: number;

  constructor(options: MapOptions) {
    this.areas = parcelAreas(options.style);
    this.land = landAreas(options.style);
    this.sequence = options.sequence;
    this.raw = makeMap(options, () => this.sequence);
    paintGround(options);
    if (options.editing) prepareEditing(this.raw, options.editing);
    this.raw.on("style.load", () => {
      this.styled = true;
      this.fillIn();
    });
    listen(this.raw, options, (x, y) => this.hitAt(x, y));
  }

  /** Show another style of the same sources: the tiles and what is marked in them stay. */
  restyle(style: StyleSpecification): void {
    this.areas = parcelAreas(style);
    this.land = landAreas(style);
    this.raw.setStyle(style, { diff: true });
    paintGround({ container: this.raw.getContainer(), style });
    this.fillIn();
  }

  private fillIn(): void {
    if (!this.styled) return;
    this.outline(this.selected);
    this.mark(this.gone, true);
    for (const [source, data] of this.shown) this.fill(source, data);
  }

  /** The codes of the land uses that are drawn; `""` stands for land of none. */
  usesDrawn(): ReadonlySet<string> {
    if (!this.styled) return new Set();
    const found = this.raw.queryRenderedFeatures({ layers: this.land });
    const told = found.filter(({ properties, sourceLayer }) => "use" in properties || LAND.includes(sourceLayer ?? ""));
    return new Set(told.map(({ properties }) => String(properties["use"] ?? "")));
  }

  /** Have a source of the page's own hold `data` instead of what it held. */
  show(source: string, data: FeatureCollection): void {
    this.shown.set(source, data);
    if (this.styled) this.fill(source, data);
  }

  private fill(source: string, data: FeatureCollection): void {
    void this.raw.getSource<GeoJSONSource>(source)?.setData(data);
  }

  /** Leave these parcels, and no others, out of what the tiles draw. */
  hide(fids: ReadonlySet<number>): void {
    if (this.styled) {
      this.mark(this.gone, false);
      this.mark(fids, true);
    }
    this.gone = fids;
  }

  private mark(fids: ReadonlySet<number>, gone: boolean): void {
    for (const id of fids) {
      for (const sourceLayer of [PARCELS, LABELS]) {
        this.raw.setFeatureState({ source: SOURCE, sourceLayer, id }, { gone });
      }
    }
  }

  /** Outline a parcel instead of the one before; null outlines none. */
  select(fid: number | null): void {
    if (this.styled) this.outline(fid);
    this.selected = fid;
  }

  private outline(fid: number | null): void {
    const { raw, selected } = this;
    if (selected !== null) raw.removeFeatureState({ ...TARGET, id: selected });
    if (fid !== null) raw.setFeatureState({ ...TARGET, id: fid }, { selected: true });
    if (raw.getLayer(SELECTED_NUMBER)) raw.setFilter(SELECTED_NUMBER, onlyLabel(fid));
  }

  /** The parcel that is drawn at a pixel. */
  hitAt(x: number, y: number): number | null {
    if (!this.styled) return null;
    const id = this.raw.queryRenderedFeatures([x, y], { layers: this.areas })[0]?.id;
    return typeof id === "number" ? id : null;
  }

  /** Bring what was found into the free part of the window, as large as is sensible. */
  flyTo(shapes: readonly Shape[], insets: Insets, closest = FOUND_ZOOM): void {
    const bounds = boundsOf(shapes);
    if (!bounds) return;
    this.raw.fitBounds(bounds, {
      padding: widen(insets, 72),
      maxZoom: Math.max(this.raw.getZoom(), closest),
      duration: 500,
    });
  }

  /**
   * Move the map, without zooming, if the shape is (partly) covered or `always`. One that is larger
   * than the free part stays where it is, but for the place `at` in it that was picked.
   */
  uncover(shape: Shape, insets: Insets, always: boolean, at: LonLat | null): void {
    const [west, south, east, north] = boundsOf([shape]) ?? [0, 0, 0, 0];
    const free = this.free(insets);
    const low = this.raw.project([west, south]);
    const high = this.raw.project([east, north]);
    const fits =
      high.x - low.x <= free.right - free.left && low.y - high.y <= free.bottom - free.top;
    if (fits) {
      const isFree = isInside(free, low) && isInside(free, high);
      if (always || !isFree) this.centreOn([(west + east) / 2, (south + north) / 2], free);
    } else if (at && !isInside(free, this.raw.project(at))) {
      this.centreOn(at, free);
    }
  }

  private free(insets: Insets): Box {
    const { clientWidth, clientHeight } = this.raw.getContainer();
    return freeBox(clientWidth, clientHeight, insets);
  }

  private centreOn(center: LngLatLike, free: Box): void {
    const { clientWidth, clientHeight } = this.raw.getContainer();
    const offset: [number, number] = [
      (free.left + free.right - clientWidth) / 2,
      (free.top + free.bottom - clientHeight) / 2,
    ];
    this.raw.easeTo({ center, offset, duration: 180 });
  }

  /** The place in the middle of the free part, where the crosshair stands. */
  centre(insets: Insets): LonLat & { readonly x: number; readonly y: number } {
    const free = this.free(insets);
    const x = (free.left + free.right) / 2;
    const y = (free.top + free.bottom) / 2;
    const { lng, lat } = this.raw.unproject([x, y]);
    return { x, y, lon: lng, lat };
  }

  /** The parcels drawn in the middle `share` of the free part of the window, each once. */
  drawn(insets: Insets, share: number): readonly Drawn[] {
    if (!this.styled) return [];
    const { left, top, right, bottom } = this.free(insets);
    const [marginX, marginY] = [((right - left) * (1 - share)) / 2, ((bottom - top) * (1 - share)) / 2];
    const box: [[number, number], [number, number]] = [
      [left + marginX, top + marginY],
      [right - marginX, bottom - marginY],
    ];
    const byFid = new Map<number, Drawn>();
    for (const found of this.raw.queryRenderedFeatures(box, { layers: this.areas })) {
      const { sheet = null, number = null, use = null } = found.properties;
      if (typeof found.id === "number") byFid.set(found.id, { fid: found.id, sheet, number, use });
    }
    return [...byFid.values()];
  }

  toPixel({ lon, lat }: LonLat): { readonly x: number; readonly y: number } {
    return this.raw.project([lon, lat]);
  }

  toLonLat(x: number, y: number): LonLat {
    const { lng, lat } = this.raw.unproject([x, y]);
    return { lon: lng, lat };
  }

  panBy(x: number, y: number): void {
    this.raw.panBy([x, y], { duration: 0 });
  }

  zoomBy(steps: number): void {
    this.raw.zoomTo(this.raw.getZoom() + steps, { duration: 180 });
  }

  /** Mark where the reader is, and go there. */
  showHere(at: LonLat): void {
    const dot = document.createElement("div");
    dot.className = "here";
    this.here?.remove();
    this.here = new Marker({ element: dot }).setLngLat(at).addTo(this.raw);
    this.raw.easeTo({ center: at, zoom: Math.max(this.raw.getZoom(), 17), duration: 500 });
  }

  /** Mark places by their numbers in a list instead of those before; one alone needs no number. */
  pin(places: readonly (LonLat | null)[], press: (index: number) => void): void {
    for (const pin of this.pins) pin.remove();
    const made = places.map((at, index) => {
      if (!at) return null;
      const element = document.createElement("button");
      element.className = "pin";
      // Who does not point reads the list itself.
      element.tabIndex = -1;
      element.ariaHidden = "true";
      element.textContent = places.length > 1 ? String(index + 1) : "";
      // The first is the likeliest: it lies on top.
      element.style.zIndex = String(places.length - index);
      element.addEventListener("click", (event) => {
        event.stopPropagation();
        press(index);
      });
      return new Marker({ element }).setLngLat(at).addTo(this.raw);
    });
    this.pins = made.filter((pin) => pin !== null);
  }

  /**
   * Have every tile show a change. Each is asked for again and stays until its successor is there;
   * one that is as it was answers 304, and is neither sent nor drawn again.
   */
  renew(sequence: number): void {
    this.sequence = Math.max(this.sequence, sequence);
    if (!this.styled) return;
    for (const [name, { type }] of Object.entries(this.raw.getStyle().sources)) {
      if (type === "vector") this.raw.refreshTiles(name);
    }
  }

  /** Draw what the map shows now on a canvas, with so many pixels to one of the page's. */
  drawOn(canvas: HTMLCanvasElement, density: number): void {
    const usual = this.raw.getPixelRatio();
    this.raw.setPixelRatio(density);
    // The picture must be copied before the browser shows it: it is gone after that.
    this.raw.redraw();
    const picture = this.raw.getCanvas();
    canvas.width = picture.width;
    canvas.height = picture.height;
    canvas.getContext("2d")?.drawImage(picture, 0, 0);
    this.raw.setPixelRatio(usual);
  }

  /** Name the map for those who hear it. */
  rename(label: string): void {
    this.raw.getCanvas().setAttribute("aria-label", label);
  }

  focus(): void {
    this.raw.getCanvas().focus();
  }
}

const TARGET = { source: SOURCE, sourceLayer: PARCELS } as const;
