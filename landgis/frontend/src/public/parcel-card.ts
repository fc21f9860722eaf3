/** The facts of one parcel as a card: what it is, its uses, both its areas, its standing. */
import { html, nothing } from "lit";
import type { LandUse, ParcelFacts } from "../core/api";
import { areaSentence, formatArea, formatDay, formatTime, parcelTitle, statusText } from "../core/format";
import type { Lang, Translate } from "../core/i18n";
import { chip } from "../core/icons";

interface Words {
  readonly lang: Lang;
  readonly t: Translate;
}

export function parcelHead(facts: ParcelFacts, { t }: Words) {
  const where = facts.unit_name ?? facts.unit_code;
  return html`<div class="title-row">
      <h2 tabindex="-1" data-focus>
        ${parcelTitle(t, facts.sheet ?? null, facts.number ?? null)}
      </h2>
      <span class="pill ${facts.status === "current" ? "ok" : "warn"}"
        >${statusText(t, facts.status)}</span
      >
    </div>
    ${where ? html`<p class="where">${where}</p>` : nothing}
    ${formerly(facts, t)}`;
}

export function parcelBody(facts: ParcelFacts, words: Words) {
  const { t } = words;
  return html`
    <section class="facts">
      <h3>${t("parcel.uses")}</h3>
      ${landUses(facts.land_uses ?? [], words)}
    </section>
    <section class="facts">
      <h3>${t("parcel.areas")}</h3>
      ${areas(facts, words)}
    </section>
    ${standing(facts, words)}
    ${facts.published_at
      ? html`<p class="caveat foot-note">
          ${t("parcel.as_of", {
            time: formatTime(facts.published_at),
            revision: facts.revision,
          })}
        </p>`
      : nothing}
  `;
}

/** The former names, where they are not those of today. */
function formerly(facts: ParcelFacts, t: Translate) {
  const { old_unit_code: unit, old_sheet: sheet, old_number: number } = facts;
  const isMoved = unit && unit !== facts.unit_code;
  const isRenamed = (sheet && sheet !== facts.sheet) || (number && number !== facts.number);
  if (!isMoved && !isRenamed) return nothing;
  const parts = [
    isMoved && t("parcel.old_unit", { code: unit }),
    sheet && t("parcel.old_sheet", { sheet }),
    number && t("parcel.old_number", { number }),
  ].filter(Boolean);
  return html`<p class="caveat">${t("parcel.old", { text: parts.join(", ") })}</p>`;
}

function landUses(uses: readonly LandUse[], { lang, t }: Words) {
  if (uses.length === 0) return html`<p class="caveat">${t("parcel.no_use")}</p>`;
  return html`<ul class="ledger">
    ${uses.map(
      (use) => html`<li>
        ${chip(use.colour)}
        <span class="what">${use.name?.[lang] ?? t("parcel.use_unknown")} <i>${use.code}</i></span>
        ${use.area_m2 === null || use.area_m2 === undefined
          ? nothing
          : html`<b>${formatArea(lang, use.area_m2)}</b>`}
      </li>`,
    )}
  </ul>`;
}

function areas(facts: ParcelFacts, { lang, t }: Words) {
  const register = facts.register_area_m2;
  return html`<dl class="ledger">
      <div>
        <dt>${t("parcel.area_register")}</dt>
        <dd>
          ${typeof register === "number" ? formatArea(lang, register) : t("parcel.area_missing")}
        </dd>
      </div>
      <div>
        <dt>${t("parcel.area_map")}</dt>
        <dd>${formatArea(lang, facts.area_m2)}</dd>
      </div>
    </dl>
    <p class="caveat">${areaSentence(lang, t, register, facts.area_m2)}</p>`;
}

function standing(facts: ParcelFacts, { t }: Words) {
  const { address, effective_from, national_id, national_id_status } = facts;
  if (!address && !effective_from && !national_id) return nothing;
  const official = national_id_status === "official";
  return html`<section class="facts">
    <dl class="ledger">
      ${address ? html`<div><dt>${t("parcel.address")}</dt><dd class="text">${address}</dd></div>` : nothing}
      ${effective_from
        ? html`<div><dt>${t("parcel.effective")}</dt><dd class="text">${formatDay(effective_from)}</dd></div>`
        : nothing}
      ${national_id
        ? html`<div><dt>${t("parcel.identifier")}</dt><dd class="code">${national_id}</dd></div>`
        : nothing}
    </dl>
    ${national_id
      ? html`<p class="caveat">
          ${t(official ? "parcel.identifier_official" : "parcel.identifier_proposed")}
        </p>`
      : nothing}
  </section>`;
}
