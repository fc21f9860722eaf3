/** The map itself: the only file that knows MapLibre's code. It shows; it decides nothing. */
import type { Position } from "geojson";
import {
  LngLatBounds,
  type LngLatLike,
  Map as MapLibre,
  Marker,
  type VectorTileSource,
  setWorkerUrl,
} from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import "maplibre-gl/dist/maplibre-gl.css";
import type { StyleSpecification } from "maplibre-gl";
import type { Parcel } from "./api";
import type { View } from "./store";
import { PARCELS, SELECTED_NUMBER, SOURCE, onlyLabel, parcelAreas } from "./style";

/** Parts of the window that panels cover, in CSS pixels. */
export interface Insets {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
}

export interface LonLat {
  readonly lon: number;
  readonly lat: number;
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** A parcel as the tiles know it. */
export interface Drawn {
  readonly fid: number;
  readonly sheet: string | null;
  readonly number: string | null;
  readonly use: string | null;
}

export interface MapOptions {
  readonly container: HTMLElement;
  readonly style: StyleSpecification;
  readonly start: { readonly center: readonly [number, number]; readonly zoom: number };
  readonly label: string;
  readonly onPick: (lon: number, lat: number, hit: number | null) => void;
  readonly onPointer: (at: { lon: number; lat: number } | null) => void;
  readonly onView: (view: View) => void;
  readonly onTrouble: () => void;
  readonly onIdle: () => void;
}

/** Closest zoom at which a found parcel is shown: its neighbours should still be in view. */
const FOUND_ZOOM = 17.8;

setWorkerUrl(workerUrl);

/**
 * The open map. Making one throws when the browser has no WebGL 2: the caller then shows words.
 * Times of flight are MapLibre's own, which are nil when the reader prefers reduced motion.
 */
export class MapView {
  /** The MapLibre object; public for browser tests only. */
  readonly raw: MapLibre;
  private readonly areas: string[];
  private styled = false;
  private selected: number | null = null;
  private here: Marker | null = null;

  constructor(options: MapOptions) {
    this.areas = parcelAreas(options.style);
    this.raw = makeMap(options);
    this.raw.once("style.load", () => {
      this.styled = true;
      this.outline(this.selected);
    });
    listen(this.raw, options, (x, y) => this.hitAt(x, y));
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

  /** Bring a found parcel into the free part of the window, as large as is sensible. */
  flyTo(parcel: Parcel, insets: Insets): void {
    this.raw.fitBounds(boundsOf(parcel), {
      padding: widen(insets, 72),
      maxZoom: Math.max(this.raw.getZoom(), FOUND_ZOOM),
      duration: 500,
    });
  }

  /**
   * Move the map, without zooming, if the parcel is (partly) covered or `always`. A parcel that is
   * larger than the free part stays where it is, but for the place `at` in it that was picked.
   */
  uncover(parcel: Parcel, insets: Insets, always: boolean, at: LonLat | null): void {
    const bounds = boundsOf(parcel);
    const free = freeBox(this.raw, insets);
    const low = this.raw.project(bounds.getSouthWest());
    const high = this.raw.project(bounds.getNorthEast());
    const fits =
      high.x - low.x <= free.right - free.left && low.y - high.y <= free.bottom - free.top;
    if (fits) {
      const isFree = isInside(free, low) && isInside(free, high);
      if (always || !isFree) this.centreOn(bounds.getCenter(), free);
    } else if (at && !isInside(free, this.raw.project(at))) {
      this.centreOn(at, free);
    }
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
    const free = freeBox(this.raw, insets);
    const x = (free.left + free.right) / 2;
    const y = (free.top + free.bottom) / 2;
    const { lng, lat } = this.raw.unproject([x, y]);
    return { x, y, lon: lng, lat };
  }

  /** The parcels drawn in the middle `share` of the free part of the window, each once. */
  drawn(insets: Insets, share: number): readonly Drawn[] {
    if (!this.styled) return [];
    const { left, top, right, bottom } = freeBox(this.raw, insets);
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

  /** Load the tiles of a new revision; the old ones stay until the new ones are there. */
  renew(tiles: readonly string[]): void {
    const source = this.raw.getSource<VectorTileSource>(SOURCE);
    if (!source) return;
    const isSame = source.tiles?.join() === tiles.join();
    if (isSame) this.raw.refreshTiles(SOURCE);
    else source.setTiles([...tiles]);
  }

  /** Name the map for those who hear it. */
  rename(label: string): void {
    this.raw.getCanvas().setAttribute("aria-label", label);
  }

  focus(): void {
    this.raw.getCanvas().focus();
  }
}

function makeMap(options: MapOptions): MapLibre {
  const map = new MapLibre({
    container: options.container,
    style: options.style,
    center: [...options.start.center],
    zoom: options.start.zoom,
    minZoom: 5,
    maxZoom: 21,
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    fadeDuration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 150,
    locale: { "Map.Title": options.label },
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  return map;
}

const TARGET = { source: SOURCE, sourceLayer: PARCELS } as const;

function listen(
  map: MapLibre,
  options: MapOptions,
  hitAt: (x: number, y: number) => number | null,
): void {
  map.on("click", ({ lngLat, point }) => {
    options.onPick(lngLat.lng, lngLat.lat, hitAt(point.x, point.y));
  });
  map.on("mousemove", ({ lngLat, point }) => {
    map.getCanvas().style.cursor = hitAt(point.x, point.y) === null ? "" : "pointer";
    options.onPointer({ lon: lngLat.lng, lat: lngLat.lat });
  });
  map.on("mouseout", () => options.onPointer(null));
  const tellView = (): void => options.onView(viewOf(map));
  map.on("moveend", tellView);
  map.on("load", tellView);
  map.on("error", options.onTrouble);
  map.on("idle", options.onIdle);
}

function viewOf(map: MapLibre): View {
  const { lng, lat } = map.getCenter();
  const zoom = map.getZoom();
  // A 512 pixel tile is the whole equator at zoom 0.
  const metresPerPx = (40_075_016.686 * Math.cos((lat * Math.PI) / 180)) / (512 * 2 ** zoom);
  return { zoom, lat, lon: lng, metresPerPx };
}

function freeBox(map: MapLibre, insets: Insets): Box {
  const { clientWidth, clientHeight } = map.getContainer();
  return {
    left: insets.left,
    top: insets.top,
    right: clientWidth - insets.right,
    bottom: clientHeight - insets.bottom,
  };
}

function isInside(box: Box, { x, y }: { x: number; y: number }): boolean {
  return x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;
}

function widen(insets: Insets, by: number): Insets {
  const { top, right, bottom, left } = insets;
  return { top: top + by, right: right + by, bottom: bottom + by, left: left + by };
}

function boundsOf({ geometry }: Parcel): LngLatBounds {
  const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
  const bounds = new LngLatBounds();
  for (const ring of polygons.flat() as Position[][]) {
    for (const [lon = 0, lat = 0] of ring) bounds.extend([lon, lat]);
  }
  return bounds;
}
