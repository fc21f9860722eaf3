/** Where the map goes for what the card shows, and what it marks. */
import { type Insets, shapeOf } from "../core/extent";
import type { MapView } from "../core/map";
import type { LonLat } from "../core/map-options";
import { type Found, type Result, placeOf } from "../core/search";
import type { State } from "../core/store";
import { isPhone } from "./sheet";

/** Show what a newly opened card is about; keep it in sight when the card changes its height. */
export function reveal(map: MapView, insets: Insets, now: State, before: State): void {
  const { panel } = now;
  if (panel.kind === "parcel" && panel === before.panel) {
    if (isPhone()) map.uncover(panel.parcel.geometry, insets, true, null);
    return;
  }
  if (panel === before.panel) return;
  if (panel.kind === "results") fit(map, insets, panel.answer.results);
  if (panel.kind === "place") fit(map, insets, [panel.result]);
  if (panel.kind !== "parcel") return;
  const ask = before.panel.kind === "loading" ? before.panel.ask : null;
  const inView = now.back?.kind === "choices";
  const at = ask?.kind === "point" ? ask : null;
  const isOutlined = now.selected === before.selected;
  if (at || inView || isOutlined) map.uncover(panel.parcel.geometry, insets, isPhone(), at);
  else map.flyTo([panel.parcel.geometry], insets);
}

/** Show on a map that has just come what the card was already about. */
export function revealFirst(map: MapView, insets: Insets, { panel }: State, hasView: boolean): void {
  if (panel.kind === "results") fit(map, insets, panel.answer.results);
  if (panel.kind === "place") fit(map, insets, [panel.result]);
  if (panel.kind !== "parcel") return;
  if (hasView) map.uncover(panel.parcel.geometry, insets, isPhone(), null);
  else map.flyTo([panel.parcel.geometry], insets);
}

/** Mark the results of a list by their numbers, and a place that was given by coordinates. */
export function mark(map: MapView, { panel, found }: State, open: (found: Found) => void): void {
  if (panel.kind === "results") {
    const { answer } = panel;
    const press = (index: number): void => {
      const result = answer.results[index];
      if (result) open({ result, answer });
    };
    map.pin(answer.results.map(placeOf), press);
  } else map.pin(markOf(found), () => undefined);
}

function markOf(found: Found | null): readonly (LonLat | null)[] {
  return found?.result.srid ? [placeOf(found.result)] : [];
}

function fit(map: MapView, insets: Insets, results: readonly Result[]): void {
  map.flyTo(results.flatMap(({ bbox }) => (bbox ? [shapeOf(bbox)] : [])), insets);
}
