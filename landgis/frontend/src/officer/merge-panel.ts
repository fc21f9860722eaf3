/** The panel of a merge: the parcels chosen, what they become, the checks. */
import { html, nothing } from "lit";
import type { Face } from "../core/drafts-api";
import { cross } from "../core/icons";
import { foot } from "./foot";
import type { Merge } from "./operation";
import { type Parts, type View, balanceTable, checks, heading } from "./parts";
import { proposedStep } from "./state";
import { faceTitle, formatCell } from "./words";

export function mergePanel(view: View, operation: Merge): Parts {
  const { state, t, actions } = view;
  const chosen = operation.parcels.flatMap((id) => state.faces.get(id) ?? []);
  const step = proposedStep(state);
  const line = (face: Face) => html`<li>
    <span>${faceTitle(t, face)}</span>
    <b>${formatCell(state.lang, face.area_m2)} m²</b>
    <button class="plain small" title=${t("officer.merge.remove", { number: face.number ?? "–" })}
      aria-label=${t("officer.merge.remove", { number: face.number ?? "–" })}
      @click=${() => actions.take(face.parcel_id)}>${cross}</button>
  </li>`;
  const hint = chosen.length === 0 ? "officer.merge.pick" : "officer.merge.more";
  return {
    kind: "merge",
    head: heading(t("officer.merge.title"), t("officer.merge.fate")),
    body: html`${chosen.length > 0 ? html`<ul class="facts chosen">${chosen.map(line)}</ul>` : nothing}
      ${chosen.length < 2 ? html`<p class="facts hint">${t(hint)}</p>` : nothing} ${address(view, operation)}
      ${step ? html`${balanceTable(view, step, step.isWhole)} ${checks(view, step)}` : nothing}`,
    foot: foot(view, operation),
  };
}

/** Asked for only where the parcels have several addresses. */
function address({ state, t, actions }: View, operation: Merge) {
  const asked = state.outlook.preview?.refusal?.addresses;
  if (!asked && operation.address === null) return nothing;
  const known = asked ?? addressesOf(operation, state.faces);
  const choose = (event: Event): void => actions.address((event.target as HTMLSelectElement).value);
  return html`<label class="facts node-choice">
    <span>${t("officer.merge.address")}</span>
    <select @change=${choose}>
      <option value="">${t("officer.merge.address_choose")}</option>
      ${known.map((one) => html`<option value=${one} ?selected=${one === operation.address}>${one}</option>`)}
    </select>
  </label>`;
}

function addressesOf({ parcels }: Merge, faces: ReadonlyMap<string, Face>): readonly string[] {
  return [...new Set(parcels.flatMap((id) => faces.get(id)?.address ?? []))];
}
