/** The parcels in view as a list: what those read who do not point at a map. */
import type { PageConfig } from "../core/api";
import type { Insets } from "../core/extent";
import { compareNatural } from "../core/format";
import type { Lang } from "../core/i18n";
import type { MapView } from "../core/map";
import type { Drawn } from "../core/map-options";
import type { Choice } from "../core/store";

/** A list longer than this is no help to anyone who reads it line by line. */
const LIST_LENGTH = 50;

/** Answer those nearest to the middle, in the order of the register, and how many are in view. */
export function parcelsInView(
  map: MapView,
  insets: Insets,
  lang: Lang,
  { landUses }: PageConfig,
): { readonly items: readonly Choice[]; readonly total: number } {
  const order = (a: Drawn, b: Drawn): number =>
    compareNatural(a.sheet ?? "", b.sheet ?? "") || compareNatural(a.number ?? "", b.number ?? "");
  const all = map.drawn(insets, 1);
  let near = all;
  for (let share = 0.85; near.length > LIST_LENGTH; share *= 0.85) near = map.drawn(insets, share);
  const items = [...near].sort(order).map(({ fid, sheet, number, use }) => ({
    fid,
    sheet,
    number,
    detail: (use && landUses[use]?.name[lang]) || use || "",
  }));
  return { items, total: all.length };
}
