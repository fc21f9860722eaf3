/** Which theme the reader wants: what was chosen here before, else what the system says. */

const KEY = "landgis.theme";
const CONTRAST = "contrast";
const MORE = matchMedia("(prefers-contrast: more)");

export interface Theme {
  readonly name: string;
  readonly title: Readonly<Record<string, string>>;
}

/** The name of the theme to show, one of `themes`; the first is the usual one. */
export function wantedTheme(themes: readonly Theme[]): string {
  const names = themes.map(({ name }) => name);
  const wanted = remembered() ?? (MORE.matches ? CONTRAST : null);
  return wanted !== null && names.includes(wanted) ? wanted : (names[0] ?? "");
}

export function rememberTheme(name: string): void {
  try {
    localStorage.setItem(KEY, name);
  } catch {
    // A browser that keeps nothing shows the choice until the page is closed.
  }
}

/** Call `changed` when the system's wish changes; a choice made here outlives it. */
export function watchTheme(changed: () => void): void {
  MORE.addEventListener("change", changed);
}

function remembered(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
