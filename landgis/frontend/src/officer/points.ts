/** The points of the cut as coordinates that can be typed: north first, as survey tables have them. */
import { html, nothing } from "lit";
import type { Change, Face, Node } from "../core/drafts-api";
import { polygonsOf } from "../core/extent";
import { compareNatural, formatNumber } from "../core/format";
import { cross } from "../core/icons";
import type { Split } from "./operation";
import { type View, section } from "./parts";
import type { Point } from "./snap";
import { formatCoordinate } from "./words";

export function pointsSection(view: View, split: Split, parcel: Face, change: Change | null) {
  const { t } = view;
  return section(
    t("officer.split.line"),
    html`<div class="points">
        <span></span><span class="axis">${t("officer.split.x")}</span><span class="axis">${t("officer.split.y")}</span><span></span>
        ${split.line.map((point, at) => pointRow(view, point, at))} ${newRow(view)}
      </div>
      ${nodeChoice(view, parcel)} ${change ? outcome(view, change) : nothing}`,
  );
}

function pointRow({ state: { lang }, t, actions }: View, { x, y }: Point, at: number) {
  const n = at + 1;
  const texts = [formatCoordinate(lang, y), formatCoordinate(lang, x)] as const;
  const change = (event: Event): void => {
    const { first, second, all } = pair(event);
    if (!actions.setPoint(at, first, second)) return blame(all, t("officer.split.bad_number"));
    // The same place, written otherwise, is drawn as it was.
    for (const [i, one] of all.entries()) one.value = texts[i] ?? "";
  };
  return html`<span class="name"><i class="dot"></i>${n}</span>
    ${field(t("officer.split.x_of", { n }), texts[0], change)}
    ${field(t("officer.split.y_of", { n }), texts[1], change)}
    <button class="plain small" title=${t("officer.split.point_remove", { n })}
      aria-label=${t("officer.split.point_remove", { n })} @click=${() => actions.removePoint(at)}>${cross}</button>`;
}

function newRow({ state: { operation }, t, actions }: View) {
  const n = (operation.kind === "split" ? operation.line.length : 0) + 1;
  const add = (event: Event): void => {
    const { first, second, all } = pair(event);
    if (first.trim() === "" || second.trim() === "") return;
    if (actions.addPoint(first, second)) for (const one of all) one.value = "";
    else blame(all, t("officer.split.bad_number"));
  };
  return html`<span class="name caveat"><i class="dot next"></i>${n}</span>
    ${field(t("officer.split.x_of", { n }), "", add)} ${field(t("officer.split.y_of", { n }), "", add)}
    <span></span>`;
}

/** Only another text of the point's replaces what stands in a field: it may be half typed. */
function field(label: string, text: string, change: (event: Event) => void) {
  return html`<input inputmode="decimal" autocomplete="off" spellcheck="false" aria-label=${label}
    .value=${text} @change=${change}
    @input=${(event: Event) => pardon(event.target as HTMLInputElement)} />`;
}

/** The two fields of the row in which something was typed. */
function pair(event: Event): { first: string; second: string; all: readonly HTMLInputElement[] } {
  const input = event.target as HTMLInputElement;
  const isSecond = input.previousElementSibling instanceof HTMLInputElement;
  const other = isSecond ? input.previousElementSibling : input.nextElementSibling;
  const all = isSecond ? [other, input] : [input, other];
  const [first, second] = all as [HTMLInputElement, HTMLInputElement];
  return { first: first.value, second: second.value, all: [first, second] };
}

function blame(inputs: readonly HTMLInputElement[], why: string): void {
  for (const input of inputs) {
    input.setAttribute("aria-invalid", "true");
    input.setCustomValidity(why);
  }
  inputs[0]?.reportValidity();
}

function pardon(input: HTMLInputElement): void {
  input.removeAttribute("aria-invalid");
  input.setCustomValidity("");
}

/** The parcel's own corners, for whoever works without a pointer. */
function nodeChoice({ state, t, actions }: View, parcel: Face) {
  const nodes = cornersOf(parcel, [...state.net.nodes.values()]);
  if (nodes.length === 0) return nothing;
  const choose = (event: Event): void => {
    const select = event.target as HTMLSelectElement;
    if (select.value) actions.addNode(select.value);
    select.value = "";
  };
  const option = ({ id, x, y }: Node, at: number) => html`<option value=${id}>
    ${t("officer.split.node_option", {
      n: at + 1,
      x: formatCoordinate(state.lang, y),
      y: formatCoordinate(state.lang, x),
    })}
  </option>`;
  return html`<label class="field node-choice">
    <span class="sr-only">${t("officer.split.nodes")}</span>
    <select @change=${choose}>
      <option value="">${t("officer.split.from_node")}</option>
      ${nodes.map(option)}
    </select>
  </label>`;
}

/** A corner is known in both planes to a tenth of a millimetre: nine decimals of a degree. */
const SAME_PLACE_DEG = 2e-9;

export function cornersOf(parcel: Face, nodes: readonly Node[]): readonly Node[] {
  const corners = polygonsOf(parcel.geometry).flatMap((polygon) => polygon.flatMap((ring) => ring.slice(1)));
  return corners.flatMap(([lon = 0, lat = 0]) => {
    const found = nodes.find((node) => Math.abs(node.lon - lon) < SAME_PLACE_DEG && Math.abs(node.lat - lat) < SAME_PLACE_DEG);
    return found ? [found] : [];
  });
}

function outcome({ state: { lang }, t }: View, { edges, neighbours }: Change) {
  const numbers = neighbours.map(({ number }) => number ?? "–").sort(compareNatural).join(", ");
  const lengths = edges.map(({ length_m }) => `${formatNumber(lang, length_m, 2)}\u00a0m`).join(" + ");
  return html`<p class="pair"><span>${t("officer.split.new_edge")}</span><b>${lengths}</b></p>
    ${neighbours.length > 0
      ? html`<p class="caveat">${t("officer.split.neighbours", { count: neighbours.length, numbers })}</p>`
      : nothing}`;
}
