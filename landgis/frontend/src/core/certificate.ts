/** The serial of a certificate, typed into the search field: recognised, and answered as a search. */
import { Problem, getJson } from "./api";
import { parcelTitle } from "./format";
import { type Key, type Names, type Values, translator } from "./i18n";
import type { Answer, Result } from "./search";

interface Land {
  readonly fid: number;
  readonly sheet?: string | null;
  readonly number?: string | null;
  readonly unit_name?: string | null;
  readonly status?: string;
  readonly successors?: readonly Land[];
}

/** What the register says of a serial. */
export interface Certificate {
  readonly serial: string;
  readonly state: "in_force" | "ended";
  readonly parcels: readonly Land[];
}

/** Is the whole of a text a serial as the jurisdiction prints them? */
export function isSerial(text: string, pattern: string | null): boolean {
  return pattern !== null && new RegExp(`^(?:${pattern})$`, "iu").test(text);
}

/** Ask for a certificate; null when the register knows none of this serial. */
export async function fetchCertificate(serial: string): Promise<Certificate | null> {
  try {
    return await getJson<Certificate>(`/api/v1/certificates?${new URLSearchParams({ serial })}`);
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  }
}

/** Answer a certificate's parcels as a search that leaves no doubt, one result a parcel. */
export function answerOf({ serial, state, parcels }: Certificate): Answer {
  const assumed = [said("certificate.read", { serial })];
  if (state === "ended") assumed.push(said("certificate.ended"));
  const results = parcels.flatMap((land) =>
    land.successors?.length
      ? land.successors.map((one) => resultOf(one, [became(land)], land.unit_name))
      : [resultOf(land, [])],
  );
  return { query: serial, assumed, results, ambiguous: false, more: false, next: [] };
}

/** An answer that found nothing else, with what is to be said of a serial that is not known. */
export function withoutCertificate(answer: Answer, serial: string): Answer {
  return answer.results.length > 0 ? answer : { ...answer, next: [said("certificate.none", { serial })] };
}

function resultOf(land: Land, why: readonly Names[], unit = land.unit_name): Result {
  const { fid, sheet = null, number = null } = land;
  const title = { vi: parcelTitle(translator("vi"), sheet, number), en: parcelTitle(translator("en"), sheet, number) };
  const detail = unit ? { vi: unit, en: unit } : null;
  return { kind: "parcel", title, detail, why, parcel: { fid }, bbox: null, point: null, srid: null };
}

function became({ sheet, number }: Land): Names {
  return said("certificate.became", { sheet: sheet ?? "", number: number ?? "" });
}

function said(key: Key, values: Values = {}): Names {
  return { vi: translator("vi")(key, values), en: translator("en")(key, values) };
}
