/** What a person can ask for, and the texts (a field, the address) it is read from. Pure. */

/** A question for parcels. */
export type ParcelAsk =
  | { readonly kind: "id"; readonly id: string }
  | { readonly kind: "point"; readonly lon: number; readonly lat: number };

/** Words of the search field, which the server reads. */
export interface Search {
  readonly kind: "search";
  readonly text: string;
}

export type Ask = ParcelAsk | Search;

/** A parcel by its numbers, as an officer's dossier names it. */
export interface Find {
  readonly kind: "find";
  readonly sheet: string;
  readonly number: string;
}

/** Read "152", "12/152" (sheet/number) or "tờ 12 thửa 152", in any order and case. */
export function readFind(text: string): Find | null {
  const found = readReference(text) ?? { sheet: "", number: text.trim() };
  return found.number ? { kind: "find", ...found } : null;
}

export function readReference(text: string): { sheet: string; number: string } | null {
  const plain = text
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll("đ", "d")
    .trim();
  const slash = /^(\w+)\s*\/\s*(\w+)$/.exec(plain);
  if (slash) return { sheet: original(text, slash[1]), number: original(text, slash[2]) };
  const sheet = /\b(?:to|sheet)(?: ban do)?(?: so)? (\w+)/.exec(plain);
  const number = /\b(?:thua|parcel)(?: dat)?(?: so)? (\w+)/.exec(plain);
  if (!sheet || !number) return null;
  return { sheet: original(text, sheet[1]), number: original(text, number[1]) };
}

/** Give a lower-cased part its own case back: sheets may be called "AB". */
function original(text: string, part = ""): string {
  const at = text.toLowerCase().indexOf(part);
  return at < 0 ? part : text.slice(at, at + part.length);
}

/** The address's fragment: what the map shows, and the parcel that is selected. */
export interface Permalink {
  readonly view: { readonly zoom: number; readonly lat: number; readonly lon: number } | null;
  readonly id: string | null;
}

/** Read `#z/lat/lon`, `#z/lat/lon/fid` or `#fid=…`; anything else is no permalink. */
export function readPermalink(hash: string): Permalink {
  const text = hash.replace(/^#/, "");
  const id = /^fid=([\w-]+)$/.exec(text)?.[1];
  if (id) return { view: null, id };
  const [zoom, lat, lon, fid] = text.split("/");
  const numbers = [zoom, lat, lon].map((part) => (part ? Number(part) : Number.NaN));
  const [z, y, x] = numbers as [number, number, number];
  const sound = z >= 0 && z <= 24 && Math.abs(y) <= 85.06 && Math.abs(x) <= 180;
  if (!sound) return { view: null, id: null };
  return { view: { zoom: z, lat: y, lon: x }, id: fid && /^[\w-]+$/.test(fid) ? fid : null };
}

export function writePermalink(
  view: { zoom: number; lat: number; lon: number },
  fid: number | null,
): string {
  const base = `#${view.zoom.toFixed(2)}/${view.lat.toFixed(6)}/${view.lon.toFixed(6)}`;
  return fid === null ? base : `${base}/${fid}`;
}
