/** The words of the page: the same catalogue that the server's templates use. */
import en from "../../../web/i18n/en.json";
import vi from "../../../web/i18n/vi.json";

export type Lang = "vi" | "en";
export type Key = keyof typeof vi;
export type Values = Readonly<Record<string, string | number>>;
export type Translate = (key: Key, values?: Values) => string;
export type Names = Readonly<Record<Lang, string>>;

const CATALOGUES: Readonly<Record<Lang, Readonly<Record<Key, string>>>> = { vi, en };

/** Answer the function key → text of one language; `{name}` in a text takes `values.name`. */
export function translator(lang: Lang): Translate {
  const catalogue = CATALOGUES[lang];
  return (key, values = {}) =>
    catalogue[key].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

export function isKey(text: string): text is Key {
  return Object.hasOwn(vi, text);
}

export function isLang(text: string): text is Lang {
  return text === "vi" || text === "en";
}
