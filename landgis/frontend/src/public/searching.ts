/** The search field at work: it asks, suggests while somebody types, opens what was found. */
import { Problem } from "../core/api";
import { answerOf, fetchCertificate, isSerial, withoutCertificate } from "../core/certificate";
import type { Ask, Search } from "../core/query";
import { type Answer, type Found, sureOf } from "../core/search";
import { MOST_RESULTS, MOST_SUGGESTIONS, fetchSearch } from "../core/search-api";
import { type Store, isAwaited } from "../core/store";
import type { Suggesting } from "../core/suggest";

/** Milliseconds without a key after which somebody is taken to read, not to type. */
const PAUSE_MS = 200;

export class Searching {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running = new AbortController();

  constructor(
    private readonly store: Store,
    /** Ask for the parcel that was found. */
    private readonly ask: (ask: Ask, found: Found) => void,
    /** What the serial of a certificate looks like; null where there are none. */
    private readonly serials: string | null,
  ) {}

  /** Answer a question: what is beyond doubt is opened, anything else becomes a list. */
  async answer(ask: Search): Promise<void> {
    this.halt();
    const answer = await this.find(ask.text);
    const found = sureOf(answer);
    if (!found) this.store.send({ type: "searched", ask, answer });
    else if (isAwaited(this.store.state(), ask)) this.open(found);
  }

  private async find(text: string): Promise<Answer> {
    if (!isSerial(text, this.serials)) return fetchSearch(text, MOST_RESULTS);
    const certificate = await fetchCertificate(text);
    return certificate ? answerOf(certificate) : withoutCertificate(await fetchSearch(text, MOST_RESULTS), text);
  }

  /** Open what was found, or chosen of it. */
  open(found: Found): void {
    this.halt();
    const { parcel } = found.result;
    if (parcel) this.ask({ kind: "id", id: String(parcel.fid) }, found);
    else this.store.send({ type: "placed", found });
  }

  suggesting(): Suggesting {
    return this.store.state().suggesting;
  }

  /** Suggest after a pause; half a syllable asks for nothing. */
  typed(text: string, isComposing: boolean): void {
    this.halt();
    if (isComposing) return;
    this.store.send({ type: "suggest", event: { type: "typed", text } });
    this.timer = setTimeout(() => void this.suggest(), PAUSE_MS);
  }

  /** Suggest at once. */
  suggestFor(text: string): void {
    this.halt();
    this.store.send({ type: "suggest", event: { type: "typed", text } });
    void this.suggest();
  }

  step(step: 1 | -1): void {
    this.store.send({ type: "suggest", event: { type: "stepped", step } });
  }

  drop(): void {
    this.halt();
    this.store.send({ type: "suggest", event: { type: "dropped" } });
  }

  private halt(): void {
    clearTimeout(this.timer);
    this.running.abort();
  }

  private async suggest(): Promise<void> {
    const { text } = this.suggesting();
    if (!text) return;
    this.running = new AbortController();
    try {
      const answer = await fetchSearch(text, MOST_SUGGESTIONS, this.running.signal);
      this.store.send({ type: "suggest", event: { type: "came", text, answer } });
    } catch (error) {
      // A suggestion that does not come is no loss: the question itself will tell what is wrong.
      if (!(error instanceof Problem)) throw error;
    }
  }
}
