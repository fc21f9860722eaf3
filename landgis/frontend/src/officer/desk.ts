/** The officer's dealings with the server: every request the page makes, and what becomes of failures. */
import { Problem, fetchParcels } from "../core/api";
import {
  type Draft,
  type DraftWrites,
  type Heading,
  draftWrites,
  fetchContext,
  fetchDraft,
  fetchDrafts,
  fetchSession,
} from "../core/drafts-api";
import { readFind } from "../core/query";
import type { StoreOf } from "../core/store-of";
import { intentOf } from "./operation";
import type { Found } from "./parts";
import { type Event, type State, type Work, isFresh, mayEdit } from "./state";

/** A pause of the hand this long asks for a preview. */
const PAUSE_MS = 150;

/** Refusals after which the dossier on the screen is not the one on the server. */
const OUTDATED = new Set(["stale_draft", "changed_since_shown", "draft_not_submitted", "draft_not_open", "preview_gone", "stale"]);

/** What changes the dossier and none of its parcels: a line in hand goes on. */
const BESIDE_PARCELS: ReadonlySet<Work> = new Set(["attach", "rename"]);

type Store = StoreOf<State, Event>;
type Act = (writes: DraftWrites, draft: Draft, key: string) => Promise<Draft>;

export class Desk {
  private writes: DraftWrites | null = null;
  private again: () => void = () => undefined;
  private looked = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running = new AbortController();

  constructor(private readonly store: Store) {}

  /** Learn who is signed in, then show the dossier that the address names, or the list. */
  start(draftId: string | null): void {
    void this.attempt("session", async () => {
      const session = await fetchSession();
      this.writes = session.csrf === null ? null : draftWrites(session.csrf);
      this.store.send({ type: "session", session });
    }).then((isKnown) => {
      if (isKnown && draftId) this.open(draftId);
      else if (isKnown) this.home();
    });
  }

  home(): void {
    this.store.send({ type: "page", page: "list" });
    void this.attempt("list", async () => {
      this.store.send({ type: "lists", lists: await fetchLists(this.store.state()) });
    });
  }

  open(id: string): void {
    void this.attempt("open", async () => this.show(await fetchDraft(id)));
  }

  /** Load again what is looked at: somebody else may have changed it. */
  async refresh(): Promise<void> {
    const { draft, busy, lists } = this.store.state();
    if (busy) return;
    if (lists) this.store.send({ type: "lists", lists: await fetchLists(this.store.state()) });
    if (!draft) return;
    const now = await fetchDraft(draft.id);
    if (now.rev !== this.store.state().draft?.rev) this.keep(now);
  }

  create(heading: Heading, file: File | null): void {
    const key = crypto.randomUUID();
    void this.attempt("create", async () => {
      if (this.writes) this.show(await this.writes.create(heading, key));
    }).then((isMade) => {
      if (isMade && file) this.write("attach", (writes, draft, once) => writes.attach(draft, file, once));
    });
  }

  /**
   * Make one change to the open dossier and show what the server made of it. A repeat of a request
   * whose answer never came carries its key, so it cannot act twice.
   */
  write(work: Work, act: Act, key = crypto.randomUUID() as string): void {
    const { draft, busy } = this.store.state();
    const { writes } = this;
    if (!draft || !writes || busy) return;
    let next = key;
    const job = async (): Promise<void> => {
      try {
        const after = await act(writes, draft, key);
        if (BESIDE_PARCELS.has(work)) this.keep(after);
        else this.show(after);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        const mayHaveActed = error.status === 0 || error.status >= 500;
        if (!mayHaveActed) next = crypto.randomUUID();
        if (OUTDATED.has(error.code)) this.keep(await fetchDraft(draft.id));
        throw error;
      }
    };
    void this.attempt(work, job, () => this.write(work, act, next));
  }

  /** Load what lies around a parcel, then call `then` with its canonical id. */
  surround(parcel: string, then: (id: string) => void): void {
    const { draft } = this.store.state();
    const mine = (this.looked += 1);
    if (!draft) return;
    void this.attempt("context", async () => {
      const context = await fetchContext(draft.id, parcel);
      if (mine !== this.looked) return;
      if (this.store.state().draft?.rev !== draft.rev) return this.surround(parcel, then);
      this.store.send({ type: "context", context });
      const face = context.faces.find(({ parcel_id, fid }) => parcel_id === parcel || String(fid) === parcel);
      if (face) then(face.parcel_id);
    });
  }

  /** Find a parcel by its number, in the draft first: its own are not in the register yet. */
  find(text: string, then: (place: Found) => void): void {
    const ask = readFind(text);
    if (!ask) return this.store.send({ type: "found", found: [] });
    const own = this.store.state().draft?.change?.after.find(
      ({ number, sheet }) => number === ask.number && (ask.sheet === "" || sheet === ask.sheet),
    );
    if (own) return then(own);
    void this.attempt("find", async () => {
      const parcels = await fetchParcels(ask);
      const [only] = parcels;
      const isOne = only !== undefined && parcels.length === 1;
      this.store.send({ type: "found", found: isOne ? null : parcels });
      if (isOne) then({ ...only.properties, geometry: only.geometry });
    });
  }

  retry(): void {
    this.store.send({ type: "trouble_read" });
    this.again();
  }

  /** Keep the preview abreast of what is under way: after a pause, and only the newest one. */
  lookAhead(): void {
    clearTimeout(this.timer);
    this.running.abort();
    const state = this.store.state();
    if (isFresh(state) || !mayEdit(state) || state.outlook.problem) return;
    this.timer = setTimeout(() => void this.preview(), PAUSE_MS);
  }

  private async preview(): Promise<void> {
    const { lang, draft, operation, faces, plane } = this.store.state();
    const intent = intentOf(lang, operation, faces, plane);
    if (!this.writes || !draft || !intent) return;
    this.running = new AbortController();
    try {
      const preview = await this.writes.preview(draft, intent, this.running.signal);
      this.store.send({ type: "previewed", of: operation, preview });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.code === "dropped") return;
      if (error.code === "stale_draft") this.keep(await fetchDraft(draft.id));
      else this.store.send({ type: "refused", of: operation, problem: error });
    }
  }

  private show(draft: Draft): void {
    this.store.send({ type: "trouble_read" });
    this.store.send({ type: "draft", draft });
  }

  private keep(draft: Draft): void {
    this.store.send({ type: "draft", draft, keeps: true });
  }

  /** Run a request; its failure becomes what the page says, and can be tried again. */
  private async attempt(work: Work, job: () => Promise<void>, retry?: () => void): Promise<boolean> {
    this.store.send({ type: "busy", work });
    try {
      await job();
      return true;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.again = retry ?? (() => void this.attempt(work, job));
      this.store.send({ type: "failed", during: work, problem: error });
      return false;
    } finally {
      this.store.send({ type: "busy", work: null });
    }
  }
}

async function fetchLists({ session }: State): Promise<NonNullable<State["lists"]>> {
  const isAuthor = session !== null && "edit" in session.may;
  const [mine, review] = await Promise.all([
    isAuthor ? fetchDrafts({ mine: "true" }) : [],
    fetchDrafts({ state: "submitted" }),
  ]);
  return { mine, review };
}
