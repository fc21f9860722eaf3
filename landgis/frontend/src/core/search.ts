/** What the search field is answered, and what follows from it. Pure. */
import type { Bounds } from "./extent";
import type { Lang, Names } from "./i18n";
import type { LonLat } from "./map-options";

/** One thing that was found, with the sentences that say how. */
export interface Result {
  readonly kind: "parcel" | "unit" | "place" | "point";
  readonly title: Names;
  readonly detail: Names | null;
  readonly why: readonly Names[];
  readonly parcel: { readonly fid: number } | null;
  readonly bbox: Readonly<Bounds> | null;
  /** Longitude and latitude. */
  readonly point: readonly [number, number] | null;
  /** Plane in which coordinates were read; null where none were asked for. */
  readonly srid: number | null;
}

/** The likeliest first. */
export interface Answer {
  /** The question as it was read. */
  readonly query: string;
  readonly assumed: readonly Names[];
  readonly results: readonly Result[];
  readonly ambiguous: boolean;
  /** There are results beyond those listed. */
  readonly more: boolean;
  readonly next: readonly Names[];
}

/** A result that somebody chose, or that needed no choice, and the answer it is of. */
export interface Found {
  readonly result: Result;
  readonly answer: Answer;
}

/** The only result of an answer that leaves no doubt; null: people have to choose, or to ask again. */
export function sureOf(answer: Answer): Found | null {
  const [result] = answer.results;
  const isSure = result !== undefined && answer.results.length === 1 && !answer.ambiguous;
  return isSure ? { result, answer } : null;
}

/** How a result was found: what was assumed to read the question, then what holds for it alone. */
export function told({ result, answer }: Found, lang: Lang): readonly string[] {
  return [...new Set([...answer.assumed, ...result.why].map((said) => said[lang]))];
}

/** Where on the map a result is marked. */
export function placeOf({ point, bbox }: Result): LonLat | null {
  if (point) return { lon: point[0], lat: point[1] };
  return bbox && { lon: (bbox[0] + bbox[2]) / 2, lat: (bbox[1] + bbox[3]) / 2 };
}
