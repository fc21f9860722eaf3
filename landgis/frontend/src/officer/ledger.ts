/** The ledger of a split: what the parent has, what each child is given, whether it adds up. Pure. */
import type { Allotment, LandUseShare } from "../core/drafts-api";
import { formatNumber } from "../core/format";
import type { Lang } from "../core/i18n";

/** One thing to share out: the register area, or one land use. */
export interface Column {
  readonly key: string;
  /** Code of the land use; null for the register area. */
  readonly code: string | null;
  /** What there is to share, m²; null: the register does not say, so a use is only given or not. */
  readonly whole: number | null;
}

/** The texts in the cells, child by child, column by column: what the officer sees and types. */
export type Cells = readonly (readonly string[])[];

/** The text of a use of unknown area that a child has. */
export const GIVEN = "x";

/** Registers state areas to a tenth; a sum may be off by half of one for each child. */
const STEP_M2 = 0.1;

export function columnsOf(whole: Allotment): readonly Column[] {
  const uses = whole.land_uses.map(({ code, area_m2 }) => ({ key: `use:${code}`, code, whole: area_m2 }));
  return [{ key: "register", code: null, whole: whole.register_area_m2 }, ...uses];
}

/** Fill the cells with what the server proposes. */
export function cellsFrom(lang: Lang, columns: readonly Column[], proposal: readonly Allotment[]): Cells {
  return proposal.map((child) => columns.map((column) => cellText(lang, column, child)));
}

function cellText(lang: Lang, { code, whole }: Column, child: Allotment): string {
  if (code === null) return numberText(lang, child.register_area_m2);
  const share = child.land_uses.find((use) => use.code === code);
  if (whole === null) return share ? GIVEN : "";
  return numberText(lang, share?.area_m2 ?? 0);
}

function numberText(lang: Lang, value: number | null): string {
  return value === null ? "" : formatNumber(lang, value, 1);
}

/** Write `text` into a cell; of two children the other one gets what is left, never less than nothing. */
export function typed(
  lang: Lang,
  cells: Cells,
  columns: readonly Column[],
  at: { readonly child: number; readonly column: number },
  text: string,
): Cells {
  const whole = columns[at.column]?.whole ?? null;
  const value = readNumber(lang, text);
  const rest = whole !== null && value !== null && cells.length === 2 ? Math.max(0, whole - value) : null;
  return cells.map((row, child) =>
    row.map((old, column) => {
      if (column !== at.column) return old;
      if (child === at.child) return text;
      return rest === null ? old : formatNumber(lang, rest, 1);
    }),
  );
}

/** Read what the cells say; null when one of them is no number. */
export function allocationOf(lang: Lang, cells: Cells, columns: readonly Column[]): Allotment[] | null {
  const children: Allotment[] = [];
  for (const row of cells) {
    let register_area_m2: number | null = null;
    const land_uses: LandUseShare[] = [];
    for (const [at, { code, whole }] of columns.entries()) {
      const text = row[at] ?? "";
      const value = whole === null ? null : readNumber(lang, text);
      if (whole !== null && value === null) return null;
      if (code === null) register_area_m2 = value;
      else if (whole === null ? text === GIVEN : value !== 0) land_uses.push({ code, area_m2: value });
    }
    children.push({ register_area_m2, land_uses });
  }
  return children;
}

export interface Sum {
  readonly value: number | null;
  /** What is missing (below zero) or too much; 0 when it adds up as far as tenths can. */
  readonly off: number;
}

/** Add up each column; null where there is nothing to add. */
export function sums(lang: Lang, cells: Cells, columns: readonly Column[]): readonly (Sum | null)[] {
  return columns.map(({ whole }, column) => {
    if (whole === null) return null;
    const values = cells.map((row) => readNumber(lang, row[column] ?? ""));
    if (values.includes(null)) return { value: null, off: Number.NaN };
    const value = values.reduce<number>((sum, one) => sum + (one ?? 0), 0);
    const off = value - whole;
    return { value, off: Math.abs(off) <= (STEP_M2 / 2) * cells.length + 1e-9 ? 0 : off };
  });
}

/**
 * Read a number as people of a language type it: "1.234,5" and "1 234,5" in Vietnamese, "1,234.5" in
 * English. A single foreign mark that cannot part thousands is taken for the decimal one.
 */
export function readNumber(lang: Lang, text: string): number | null {
  const plain = text.replace(/[\s\u00a0\u202f]/g, "").replace("−", "-");
  const [decimal, thousands] = lang === "vi" ? [",", "."] : [".", ","];
  const foreign = plain.split(thousands);
  const isDecimal = foreign.length === 2 && foreign[1]?.length !== 3 && !plain.includes(decimal);
  const digits = isDecimal ? foreign.join(".") : foreign.join("").replace(decimal, ".");
  return /^-?\d+(\.\d*)?$/.test(digits) ? Number(digits) : null;
}
