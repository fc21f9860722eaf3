/** How a map is made and what it tells its page. With map.ts the only place that knows MapLibre's code. */
import { Map as MapLibre, setWorkerUrl } from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import "maplibre-gl/dist/maplibre-gl.css";
import { groundOf } from "./look";
import type { Editing, MapOptions } from "./map-options";
import type { View } from "./store";
import { isTile } from "./tile-address";

setWorkerUrl(workerUrl);

export function makeMap(options: MapOptions, sequence: () => number): MapLibre {
  const map = new MapLibre({
    transformRequest: (url) =>
      isTile(url, location.origin) ? { url, headers: { "Landgis-Sequence": String(sequence()) } } : undefined,
    container: options.container,
    style: options.style,
    center: [...options.start.center],
    zoom: options.start.zoom,
    minZoom: options.minZoom,
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

/** What shows before the first tile is the colour that the theme gives the ground. */
export function paintGround({ container, style }: Pick<MapOptions, "container" | "style">): void {
  const ground = groundOf(style);
  if (ground) container.style.backgroundColor = ground;
}

export function prepareEditing(map: MapLibre, { images, onMove }: Editing): void {
  map.keyboard.disable();
  map.doubleClickZoom.disable();
  map.on("style.load", () => {
    for (const [name, picture] of Object.entries(images)) {
      if (!map.hasImage(name)) map.addImage(name, picture, { pixelRatio: 2 });
    }
  });
  map.on("move", onMove);
}

export function listen(
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
