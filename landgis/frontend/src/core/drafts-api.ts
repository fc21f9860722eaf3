/** Drafts as the server speaks of them: who is signed in, what a change does, every write. */
import { getJson } from "./api";
import type { Shape } from "./extent";
import type { Names } from "./i18n";

/** Scope -> units it holds in; null: in all of them. */
export type Rights = Readonly<Record<string, readonly string[] | null>>;

export interface Session {
  readonly account: {
    readonly login: string;
    readonly shown_as: string;
    readonly roles: readonly { readonly role: string; readonly units: readonly string[] | null }[];
    readonly must_change: boolean;
  } | null;
  /** Goes back with every write as `X-CSRF-Token`; null: nobody is signed in. */
  readonly csrf: string | null;
  readonly may: Rights;
}

export interface LandUseShare {
  readonly code: string;
  readonly area_m2: number | null;
}

/** Register area and land uses of one parcel; null: the register does not state it. */
export interface Allotment {
  readonly register_area_m2: number | null;
  readonly land_uses: readonly LandUseShare[];
}

export interface Plane {
  readonly epsg: number;
  readonly label: string | Names;
}

/** A place with its coordinates in the plane: x is east, y is north, in metres. */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly lon: number;
  readonly lat: number;
}

/** A parcel as a draft sees it. */
export interface Face extends Allotment {
  readonly parcel_id: string;
  readonly fid: number | null;
  readonly fate: "retired" | "created" | "node_added" | "changed" | null;
  readonly unit_code: string | null;
  readonly unit_name: string | null;
  readonly sheet: string | null;
  readonly number: string | null;
  readonly is_provisional: boolean;
  readonly area_m2: number;
  readonly address: string | null;
  readonly geometry: Shape;
  /** Another draft that is about to change it. */
  readonly pending: { readonly record_no: string; readonly author: string; readonly since: string } | null;
}

export interface Node extends Place {
  readonly id: string;
}

export interface Edge {
  readonly a: string;
  readonly b: string;
  readonly length_m: number;
}

/** The register around a place, as a draft has changed it. */
export interface Context {
  readonly plane: Plane;
  readonly tolerance_m: number;
  readonly faces: readonly Face[];
  readonly nodes: readonly Node[];
  readonly edges: readonly Edge[];
}

export interface Check {
  readonly code: string;
  readonly outcome: "pass" | "warning" | "fail" | "untested";
  readonly message: Names;
}

export interface Neighbour {
  readonly parcel_id: string;
  readonly sheet: string | null;
  readonly number: string | null;
  readonly unit_code: string | null;
  readonly nodes_added: number;
  readonly before_m2: number;
  readonly after_m2: number;
}

export interface Balance {
  readonly before_m2: number;
  readonly after_m2: number;
  readonly difference_m2: number;
  readonly register_before_m2: number | null;
  readonly register_after_m2: number | null;
}

/** Everything a draft does; of a preview: with the step that was tried. */
export interface Change {
  readonly kind: string;
  readonly plane: Plane;
  readonly before: readonly Face[];
  readonly after: readonly Face[];
  readonly balance: Balance;
  readonly points: readonly (Place & { readonly is_new: boolean })[];
  readonly edges: readonly { readonly length_m: number; readonly geometry: GeoJSON.LineString }[];
  readonly neighbours: readonly Neighbour[];
  readonly checks: readonly Check[];
}

export type DraftState = "open" | "submitted" | "returned" | "approved" | "abandoned";
export type Deed = "edit" | "submit" | "approve" | "return" | "abandon";

export interface Paper {
  readonly sha256: string;
  readonly name: string;
  readonly bytes: number;
  readonly media_type: string;
}

export interface Draft {
  readonly id: string;
  readonly record_no: string;
  readonly reason: string;
  readonly basis: { readonly reference: string | null; readonly documents: readonly Paper[] };
  readonly state: DraftState;
  readonly rev: number;
  readonly step: number;
  readonly steps: number;
  readonly author: string;
  readonly reviewer: string | null;
  readonly comment: string | null;
  readonly created_at: string;
  readonly updated_at: string;
  readonly submitted_at: string | null;
  readonly decided_at: string | null;
  readonly units: readonly string[];
  readonly sha256: string | null;
  readonly revision: number | null;
  readonly sequence: number | null;
  readonly may: readonly Deed[];
  readonly change: Change | null;
}

export type Intent =
  | {
      readonly op: "split";
      readonly parcel_id: string;
      readonly line: readonly (readonly [number, number])[];
      readonly epsg: number;
      readonly allocation: readonly Allotment[] | null;
    }
  | { readonly op: "merge"; readonly parcels: readonly string[]; readonly address?: string };

export interface Preview {
  readonly token: string;
  readonly can_commit: boolean;
  readonly refusal: {
    readonly code: string;
    readonly detail: string;
    /** Of `address_needed`: what there is to choose from. */
    readonly addresses?: readonly string[];
  } | null;
  readonly proposal: readonly Allotment[] | null;
  readonly change: Change;
}

export interface Heading {
  readonly record_no: string;
  readonly reason: string;
  readonly basis: string;
}

const ROOT = "/api/v1/drafts";

export function fetchSession(): Promise<Session> {
  return getJson<Session>("/api/v1/session");
}

export async function fetchDrafts(query: Readonly<Record<string, string>>): Promise<readonly Draft[]> {
  const answer = await getJson<{ drafts: readonly Draft[] }>(`${ROOT}?${new URLSearchParams(query)}`);
  return answer.drafts;
}

export function fetchDraft(id: string): Promise<Draft> {
  return getJson<Draft>(`${ROOT}/${encodeURIComponent(id)}`);
}

/** The surroundings of one parcel, named by its canonical id or its fid. */
export function fetchContext(id: string, parcel: string): Promise<Context> {
  return getJson<Context>(`${ROOT}/${id}/context?${new URLSearchParams({ parcel })}`);
}

export function documentUrl(id: string, sha256: string): string {
  return `${ROOT}/${id}/documents/${sha256}`;
}

/** Everything that changes something, for the holder of a session's `csrf`. */
export function draftWrites(csrf: string) {
  const write = <T>(method: string, path: string, body: object | FormData, more: Headers): Promise<T> => {
    const isForm = body instanceof FormData;
    return getJson<T>(ROOT + path, {
      method,
      headers: { "X-CSRF-Token": csrf, ...(isForm ? {} : JSON_BODY), ...more.given },
      body: isForm ? body : JSON.stringify(body),
      ...(more.signal ? { signal: more.signal } : {}),
    });
  };
  /** Act on a draft as it was last seen; `key` makes a repeat harmless. */
  const act = (draft: Draft, what: string, body: object | FormData, key: string): Promise<Draft> =>
    write("POST", `/${draft.id}${what}`, body, { given: { ...match(draft), ...once(key) } });
  return {
    create: (heading: Heading, key: string) =>
      write<Draft>("POST", "", withoutEmpty(heading), { given: once(key) }),
    rename: (draft: Draft, heading: Partial<Heading>, key: string) =>
      write<Draft>("PATCH", `/${draft.id}`, heading, { given: { ...match(draft), ...once(key) } }),
    attach: (draft: Draft, file: File, key: string) => {
      const form = new FormData();
      form.append("file", file);
      return act(draft, "/documents", form, key);
    },
    preview: (draft: Draft, intent: Intent, signal: AbortSignal) =>
      write<Preview>("POST", `/${draft.id}/preview`, intent, { given: match(draft), signal }),
    commit: (draft: Draft, token: string, key: string) => act(draft, "/commit", { token }, key),
    undo: (draft: Draft, key: string) => act(draft, "/undo", {}, key),
    redo: (draft: Draft, key: string) => act(draft, "/redo", {}, key),
    submit: (draft: Draft, key: string) => act(draft, "/submit", {}, key),
    giveBack: (draft: Draft, comment: string, key: string) => act(draft, "/return", { comment }, key),
    approve: (draft: Draft, key: string) => act(draft, "/approve", { sha256: draft.sha256 }, key),
    abandon: (draft: Draft, key: string) => act(draft, "/abandon", {}, key),
  };
}

export type DraftWrites = ReturnType<typeof draftWrites>;

interface Headers {
  readonly given: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

const JSON_BODY = { "Content-Type": "application/json" };

function match(draft: Draft): Record<string, string> {
  return { "If-Match": `"${draft.rev}"` };
}

function once(key: string): Record<string, string> {
  return { "Idempotency-Key": key };
}

/** A basis that was left empty is not sent: the server tells "none" from "". */
function withoutEmpty({ basis, ...rest }: Heading): Partial<Heading> {
  return basis.trim() ? { ...rest, basis } : rest;
}
