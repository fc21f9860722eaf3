/** The only place that talks to the server. */
import type { MultiPolygon, Polygon } from "geojson";
import type { StyleSpecification } from "maplibre-gl";
import type { Names } from "./i18n";
import type { Legend } from "./legend";
import type { Raster } from "./look";
import type { Find, ParcelAsk } from "./query";
import type { Theme } from "./theme";

export interface LandUse {
  readonly code: string;
  readonly name: Names | null;
  readonly colour: string | null;
  readonly area_m2: number | null;
}

/** What the audience table shows of a parcel; a hidden field is absent, an unknown one null. */
export interface ParcelFacts {
  readonly parcel_id: string;
  readonly fid: number;
  readonly national_id?: string | null;
  readonly national_id_status?: string | null;
  readonly unit_code?: string | null;
  readonly unit_name?: string | null;
  readonly sheet?: string | null;
  readonly number?: string | null;
  readonly area_m2: number;
  readonly register_area_m2?: number | null;
  readonly land_uses?: readonly LandUse[] | null;
  readonly address?: string | null;
  readonly status: string;
  readonly revision: number;
  readonly effective_from?: string | null;
  readonly old_unit_code?: string | null;
  readonly old_sheet?: string | null;
  readonly old_number?: string | null;
  readonly published_at?: string | null;
}

export interface Parcel {
  readonly geometry: Polygon | MultiPolygon;
  readonly properties: ParcelFacts;
}

export interface Revision {
  readonly revision: number | null;
  /** Number of the newest change that tiles show. */
  readonly sequence: number;
  readonly published_at: string | null;
}

/** What the server wrote into the page. */
export interface PageConfig {
  readonly lang: string;
  readonly styleUrl: string;
  /** The usual one first. */
  readonly themes: readonly Theme[];
  readonly center: readonly [number, number];
  readonly zoom: number;
  readonly bounds?: readonly [number, number, number, number] | null;
  readonly revision: Revision;
  readonly units: readonly { readonly code: string; readonly name: Readonly<Record<string, string>> }[];
  readonly landUses: Readonly<Record<string, { readonly name: Names }>>;
  readonly jurisdiction: { readonly name: string };
  /** What the serial of a certificate looks like, whole. */
  readonly certificate: string | null;
  readonly demo: boolean;
  readonly testHooks: boolean;
}

/** The smallest scale at which there is anything to see: without units, that of blocks of parcels. */
export function farthestZoom({ units }: PageConfig): number {
  return units.length > 0 ? 5 : 10;
}

/** A request that did not bring data: `code` is the server's, or `offline`, or `dropped`. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
  ) {
    super(detail || code);
  }
}

/** Fetch the parcels that answer `ask`: none, one, or several. */
export async function fetchParcels(ask: ParcelAsk | Find): Promise<readonly Parcel[]> {
  if (ask.kind === "id") {
    return [await getJson<Parcel>(`/api/v1/parcels/${encodeURIComponent(ask.id)}`)];
  }
  const values =
    ask.kind === "point"
      ? { lon: String(ask.lon), lat: String(ask.lat) }
      : { sheet: ask.sheet, number: ask.number };
  const given = Object.entries(values).filter(([, value]) => value !== "");
  const path = ask.kind === "point" ? "/api/v1/parcels/at" : "/api/v1/parcels";
  const answer = await getJson<{ features: readonly Parcel[] }>(
    `${path}?${new URLSearchParams(given)}`,
  );
  return answer.features;
}

export function fetchStyle(url: string): Promise<StyleSpecification> {
  return getJson<StyleSpecification>(url);
}

export function fetchLegend(url: string): Promise<Legend> {
  return getJson<Legend>(url);
}

/** The images that whoever asks may see. */
export async function fetchRasters(): Promise<readonly Raster[]> {
  return (await getJson<{ rasters: readonly Raster[] }>("/api/v1/rasters")).rasters;
}

/** A function that answers the register's revision when it changed since the last call, else null. */
export function revisionWatcher(url = "/api/v1/revision"): () => Promise<Revision | null> {
  let etag: string | null = null;
  return async () => {
    const response = await request(url, { headers: etag ? { "If-None-Match": etag } : {} });
    if (response.status === 304) return null;
    etag = response.headers.get("ETag");
    return (await response.json()) as Revision;
  };
}

/** What a request may carry besides its address; headers as plain names and values. */
export interface Sending extends Omit<RequestInit, "headers"> {
  readonly headers?: Readonly<Record<string, string>>;
}

export async function getJson<T>(url: string, init: Sending = {}): Promise<T> {
  const response = await request(url, init);
  return (await response.json().catch(() => {
    throw lost(init);
  })) as T;
}

/** Send a request and answer what came, 304 included; raise a `Problem` when it did not succeed. */
export async function request(url: string, init: Sending): Promise<Response> {
  const headers = { Accept: "application/json, application/problem+json", ...init.headers };
  const response = await fetch(url, { ...init, headers }).catch(() => {
    throw lost(init);
  });
  if (response.ok || response.status === 304) return response;
  const body = (await response.json().catch(() => ({}))) as { code?: string; detail?: string };
  throw new Problem(response.status, body.code ?? `http_${response.status}`, body.detail ?? "");
}

/** No answer, or only the beginning of one: given up here, or on the way. */
function lost({ signal }: Sending): Problem {
  return new Problem(0, signal?.aborted ? "dropped" : "offline", "");
}
