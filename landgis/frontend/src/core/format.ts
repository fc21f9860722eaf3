/** Numbers, dates and names as people of each language write them. Pure. */
import { type Lang, type Translate, isKey } from "./i18n";

const LOCALE: Readonly<Record<Lang, string>> = { vi: "vi-VN", en: "en-GB" };
/** Between a number and its unit, so that no line breaks there. */
const GAP = "\u00a0";

export function formatNumber(lang: Lang, value: number, digits = 0): string {
  return new Intl.NumberFormat(LOCALE[lang], {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value);
}

/** Square metres to a tenth, the precision in which registers state areas. */
export function formatArea(lang: Lang, squareMetres: number): string {
  return `${formatNumber(lang, squareMetres, 1)}${GAP}m²`;
}

export function formatLength(lang: Lang, metres: number): string {
  return metres >= 1000
    ? `${formatNumber(lang, metres / 1000)}${GAP}km`
    : `${formatNumber(lang, metres)}${GAP}m`;
}

/** A share in per cent; what is not nothing is never written as zero. */
export function formatPercent(lang: Lang, share: number): string {
  const percent = Math.abs(share) * 100;
  const sign = lang === "vi" ? `${GAP}%` : "%";
  if (percent > 0 && percent < 0.1) return `< ${formatNumber(lang, 0.1, 1)}${sign}`;
  return formatNumber(lang, percent, percent < 10 ? 1 : 0) + sign;
}

/** dd/MM/yyyy HH:mm in both languages: the form of Vietnamese documents. */
export function formatTime(iso: string, timeZone?: string): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return iso;
  const parts = new Intl.DateTimeFormat("en-GB", {
    day: "2-digit",
    month: "2-digit",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    ...(timeZone ? { timeZone } : {}),
  }).formatToParts(time);
  const part = (type: string): string => parts.find((p) => p.type === type)?.value ?? "";
  return `${part("day")}/${part("month")}/${part("year")} ${part("hour")}:${part("minute")}`;
}

/** A day without a time of day must not shift with the reader's time zone. */
export function formatDay(iso: string): string {
  const day = /^(\d{4})-(\d{2})-(\d{2})/.exec(iso);
  return day ? `${day[3]}/${day[2]}/${day[1]}` : iso;
}

export function formatLonLat(lang: Lang, t: Translate, lon: number, lat: number): string {
  const one = (value: number, positive: string, negative: string): string =>
    `${formatNumber(lang, Math.abs(value), 5)}° ${value < 0 ? negative : positive}`;
  const north = one(lat, t("map.north"), t("map.south"));
  return `${north} · ${one(lon, t("map.east"), t("map.west"))}`;
}

/** The longest round length (1, 2 or 5 × 10ⁿ m) whose bar is at most `maxPx` long. */
export function scaleBar(metresPerPx: number, maxPx: number): { px: number; metres: number } {
  const longest = metresPerPx * maxPx;
  const power = 10 ** Math.floor(Math.log10(longest));
  const metres = [5, 2, 1].map((n) => n * power).find((m) => m <= longest) ?? power;
  return { px: metres / metresPerPx, metres };
}

export function parcelTitle(t: Translate, sheet: string | null, number: string | null): string {
  if (number && sheet) return t("parcel.title", { sheet, number });
  return number ? t("parcel.title_number", { number }) : t("parcel.title_none");
}

export function statusText(t: Translate, status: string): string {
  const key = `status.${status}`;
  return isKey(key) ? t(key) : status;
}

/**
 * Say how the two areas differ, in plain words. No tolerance is claimed here: what difference is
 * allowed depends on the survey's scale, which is for the validation to judge.
 */
export function areaSentence(
  lang: Lang,
  t: Translate,
  register: number | null | undefined,
  measured: number,
): string {
  if (register === null || register === undefined) return t("parcel.area_no_register");
  const difference = Math.round(measured * 10) / 10 - Math.round(register * 10) / 10;
  if (Math.abs(difference) < 0.05) return t("parcel.area_same");
  const values = {
    difference: formatArea(lang, Math.abs(difference)),
    percent: register > 0 ? formatPercent(lang, difference / register) : "–",
  };
  return t(difference > 0 ? "parcel.area_larger" : "parcel.area_smaller", values);
}

/** Order "9" before "10" and "12" before "12a". */
export function compareNatural(a: string, b: string): number {
  return a.localeCompare(b, "vi", { numeric: true });
}
