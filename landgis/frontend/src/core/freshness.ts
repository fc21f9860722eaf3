/** How an open page learns that what it shows has changed. */
import { Problem, type Revision, revisionWatcher } from "./api";

/** How often an open page asks. */
const POLL_MS = 20_000;

/**
 * Call `renew` for every change of what tiles show after the one `known`. A hidden page does not ask, one that is looked
 * at again asks at once, and a missed poll is made good by the next.
 */
export function watchRevision(
  known: () => number,
  renew: (revision: Revision) => Promise<void>,
): void {
  const changed = revisionWatcher();
  const check = async (): Promise<void> => {
    if (document.hidden) return;
    const revision = await changed();
    if (revision && revision.sequence !== known()) await renew(revision);
  };
  setInterval(() => quietly(check), POLL_MS);
  document.addEventListener("visibilitychange", () => quietly(check));
}

/** Run what the reader did not ask for; the server being away for a while is then no news. */
export function quietly(work: () => Promise<void>): void {
  work().catch((error: unknown) => {
    if (!(error instanceof Problem)) throw error;
  });
}
