/** What went wrong: what happened, what is safe, what to do; the code in small. */
import { html, nothing } from "lit";
import type { View } from "./parts";
import { explain } from "./words";

/** Refusals that a repeat cannot change: the newest state is loaded, or something else is to be done. */
const AGAIN_IN_VAIN = new Set([
  "stale_draft", "changed_since_shown", "draft_not_submitted", "own_draft", "stale", "new_overlap", "preview_gone",
  "draft_empty", "basis_missing", "too_large",
]);

export function trouble({ state, t, actions }: View) {
  if (!state.trouble) return nothing;
  const { during, problem } = state.trouble;
  const isSignedOut = problem.status === 401;
  // Nobody knows whether a request that got no answer was obeyed; its repeat carries the same key.
  const isUnknown = problem.status === 0 || problem.status >= 500;
  return html`<section class="trouble" role="alert">
    <h3>${t(`officer.trouble.${during}`)}</h3>
    <p>${explain(t, problem)}</p>
    <p class="caveat">${t(isUnknown ? "officer.trouble.safe_twice" : "officer.trouble.safe")} ${t("error.code", { code: problem.code })}</p>
    <p class="links">
      ${isSignedOut
        ? html`<a href=${`/login?next=${encodeURIComponent(`/officer${location.hash}`)}`}>${t("officer.trouble.sign_in")}</a>`
        : AGAIN_IN_VAIN.has(problem.code)
          ? nothing
          : html`<button class="link" @click=${actions.retry}>${t("officer.trouble.retry")}</button>`}
      <button class="link" @click=${actions.dismiss}>${t("officer.trouble.dismiss")}</button>
    </p>
  </section>`;
}
