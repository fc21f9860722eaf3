/** The foot of an operation: why it cannot be yet, accept, drop. One button says what Enter does. */
import { html, nothing } from "lit";
import type { Operation } from "./operation";
import type { View } from "./parts";
import { isFresh } from "./state";
import { whyNotYet } from "./words";

export function foot(view: View, operation: Operation) {
  const { state, t, actions } = view;
  const why = whyNotYet(t, state);
  const isDrawing = operation.kind === "split" && operation.isOpen && operation.line.length > 1;
  const isReady = isFresh(state) && state.outlook.preview?.can_commit === true;
  const isWaiting = state.busy === "commit";
  return html`${why
      ? html`<p class="why" role="alert">${why.text} <small>${t("error.code", { code: why.code })}</small></p>`
      : nothing}
    <div class="foot-row">
      ${isDrawing
        ? html`<button class="button primary" @click=${actions.finish}>
            ${t("officer.split.finish")} <kbd>Enter</kbd>
          </button>`
        : html`<button class="button primary" data-act="accept" ?disabled=${!isReady || isWaiting} @click=${actions.accept}>
            ${t(isWaiting ? "officer.status.saving" : "officer.foot.accept")} <kbd>Enter</kbd>
          </button>`}
      <button class="button" @click=${actions.drop}>${t("officer.foot.drop")} <kbd>Esc</kbd></button>
    </div>`;
}
