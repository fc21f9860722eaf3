/** The legend as the server makes it, and which of its lines a view needs. Pure. */

export interface LegendUse {
  readonly code: string;
  readonly title: string;
  readonly colour: string;
}

export interface LegendLine {
  readonly title: string;
  readonly colour: string;
  readonly kind: string;
  readonly dashed: boolean;
  readonly minzoom: number;
  readonly maxzoom: number | null;
}

export interface Legend {
  readonly theme: string;
  readonly layers: readonly {
    readonly layer: string;
    readonly by_use: boolean;
    readonly entries: readonly LegendLine[];
  }[];
  readonly land_uses: readonly { readonly group: string; readonly uses: readonly LegendUse[] }[];
  readonly land_use_unknown: string;
}

/** The land uses that are drawn, in the order of the register's table. */
export function usesShown(legend: Legend, drawn: ReadonlySet<string>): readonly LegendUse[] {
  return legend.land_uses.flatMap(({ uses }) => uses.filter(({ code }) => drawn.has(code)));
}

/** Whether land is drawn whose use is unknown, or in no table. */
export function hasUnknown(legend: Legend, drawn: ReadonlySet<string>): boolean {
  return drawn.size > usesShown(legend, drawn).length;
}

/** The lines of what is drawn at a zoom, each once, from the top of the map down. */
export function linesShown(legends: readonly Legend[], zoom: number): readonly LegendLine[] {
  return legends
    .flatMap(({ layers }) => layers.flatMap(({ entries }) => entries))
    .filter(({ minzoom, maxzoom }) => zoom >= minzoom && (maxzoom === null || zoom < maxzoom));
}
