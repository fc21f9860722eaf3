/** What a page tells its map, and what the map tells of what it draws. Types only. */
import type { StyleSpecification } from "maplibre-gl";
import type { View } from "./store";

export interface LonLat {
  readonly lon: number;
  readonly lat: number;
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
  readonly minZoom: number;
  readonly label: string;
  /** The newest change that the page knows of. */
  readonly sequence: number;
  readonly onPick: (lon: number, lat: number, hit: number | null) => void;
  readonly onPointer: (at: { lon: number; lat: number } | null) => void;
  readonly onView: (view: View) => void;
  readonly onTrouble: () => void;
  readonly onIdle: () => void;
  /** What a page that edits needs besides. */
  readonly editing?: Editing;
}

/** Small pictures that layers name, and a map that leaves keys and double clicks to the page. */
export interface Editing {
  readonly images: Readonly<Record<string, Picture>>;
  readonly onMove: () => void;
}

/** Rows of red, green, blue and opacity; two of its pixels are one of the page's. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}
