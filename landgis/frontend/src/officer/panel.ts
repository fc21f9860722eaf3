/** The panel at the right: trouble first, then what is at hand. */
import { html, nothing } from "lit";
import type { Face } from "../core/drafts-api";
import { formatDay } from "../core/format";
import type { Translate } from "../core/i18n";
import { formPanel, listPanel, overviewPanel } from "./dossiers";
import { mergePanel } from "./merge-panel";
import { type Parts, type View, heading, section, skeleton } from "./parts";
import { readingPanel } from "./reading";
import { splitPanel } from "./split-panel";
import { type State, mayEdit, proposedStep } from "./state";
import { trouble } from "./trouble";
import { changeTitle, faceTitle, formatCell, whyNoTool, whyNotYet } from "./words";

export function panel(view: View) {
  const { kind, head, body, foot } = parts(view);
  return html`<aside class="panel" data-kind=${kind} aria-label=${view.t("officer.panel")}>
    ${view.state.dialog === "none" ? trouble(view) : nothing}
    <header>${head}</header>
    <div class="body" tabindex="0">${body}</div>
    ${foot ? html`<footer>${foot}</footer>` : nothing}
  </aside>`;
}

function parts(view: View): Parts {
  const { state, t } = view;
  const { draft, operation, page } = state;
  if (page === "list") return listPanel(view);
  if (page === "new") return formPanel(view);
  if (!draft) return { kind: "loading", head: heading(t("officer.list.title")), body: skeleton(t("officer.list.loading")) };
  if (!mayEdit(state)) return readingPanel(view, draft);
  switch (operation.kind) {
    case "split":
      return splitPanel(view, operation);
    case "merge":
      return mergePanel(view, operation);
    case "look":
      return lookPanel(view, state.faces.get(operation.parcel));
    case "none":
      return overviewPanel(view, draft);
  }
}

function lookPanel(view: View, face: Face | undefined): Parts {
  const { state: { lang }, config, t, actions } = view;
  if (!face) return { kind: "look", head: heading(t("officer.look.loading")), body: skeleton(t("officer.look.loading")) };
  const row = (name: string, value: string) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
  const area = (value: number | null): string => (value === null ? t("officer.look.unknown") : `${formatCell(lang, value)}\u00a0m²`);
  const uses = face.land_uses.map(({ code, area_m2 }) => {
    const name = `${config.landUses[code]?.name[lang] ?? code} (${code})`;
    return html`<div><dt>${name}</dt><dd>${area_m2 === null ? "" : area(area_m2)}</dd></div>`;
  });
  return {
    kind: "look",
    head: heading(faceTitle(t, face), [face.unit_name ?? face.unit_code, face.address].filter(Boolean).join(" · ")),
    body: html`${face.pending ? html`<p class="facts note warn">${pendingText(t, face.pending)}</p>` : nothing}
      ${face.is_provisional ? html`<p class="facts hint">${t("officer.look.provisional")}</p>` : nothing}
      <section class="facts"><dl class="ledger">
        ${row(t("officer.look.measured"), area(face.area_m2))} ${row(t("officer.look.register"), area(face.register_area_m2))}
      </dl></section>
      ${uses.length > 0 ? section(t("officer.look.uses"), html`<dl class="ledger">${uses}</dl>`) : nothing}`,
    foot: html`<div class="foot-row">
      <button class="button primary" @click=${() => actions.tool("split")}>${t("officer.look.split")} <kbd>L</kbd></button>
      <button class="button" @click=${() => actions.tool("merge")}>${t("officer.look.merge")} <kbd>M</kbd></button>
    </div>`,
  };
}

function pendingText(t: Translate, { record_no, author, since }: NonNullable<Face["pending"]>): string {
  return t("officer.look.pending", { record_no, author, since: formatDay(since) });
}

/** One line for the status region: what has just come about. */
export function announcement(state: State, t: Translate): string {
  const { draft, operation, trouble: told } = state;
  if (told) return t(`officer.trouble.${told.during}`);
  const why = whyNotYet(t, state);
  if (why) return t("officer.say.refused", { text: why.text });
  const step = proposedStep(state);
  if (step) return changeTitle(t, step);
  if (operation.kind === "look") {
    const face = state.faces.get(operation.parcel);
    return face ? t("officer.say.picked", { title: faceTitle(t, face) }) : t("officer.look.loading");
  }
  if (!draft || operation.kind !== "none") return whyNoTool(t, state) ?? "";
  return t("officer.say.opened", { record_no: draft.record_no });
}
