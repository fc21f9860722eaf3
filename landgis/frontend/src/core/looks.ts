/** What a page has chosen of the map's look: asks the server for it and has the map show it. */
import type { StyleSpecification } from "maplibre-gl";
import { type PageConfig, Problem, fetchLegend, fetchRasters, fetchStyle } from "./api";
import { quietly } from "./freshness";
import type { Lang } from "./i18n";
import type { Legend } from "./legend";
import { type Look, type Raster, looking } from "./look";
import type { MapView } from "./map";
import { prepareStyle } from "./style";
import { rememberTheme, wantedTheme, watchTheme } from "./theme";

/** What a page shows of it. */
export interface LookState {
  readonly isOpen: boolean;
  readonly theme: string;
  readonly rasters: readonly Raster[] | null;
  readonly raster: Raster | null;
  readonly strength: number;
  readonly sets: ReadonlySet<string>;
  readonly legends: readonly Legend[];
  /** Codes of the land uses that the map draws now. */
  readonly uses: ReadonlySet<string>;
}

interface Page {
  readonly lang: () => Lang;
  readonly map: () => MapView | null;
  readonly changed: () => void;
  /** What the page adds to every style. */
  readonly finish: (style: StyleSpecification) => StyleSpecification;
}

export class Looks {
  private now: LookState;
  private base: StyleSpecification | null = null;
  private overlays: readonly StyleSpecification[] = [];

  constructor(
    private readonly config: PageConfig,
    private readonly page: Page,
  ) {
    this.now = {
      isOpen: false,
      theme: wantedTheme(config.themes),
      rasters: null,
      raster: null,
      strength: 1,
      sets: new Set(),
      legends: [],
      uses: new Set(),
    };
    watchTheme(() => this.wear(wantedTheme(config.themes)));
  }

  state(): LookState {
    return this.now;
  }

  /** The style to open the map with; a `Problem` when the server does not send it. */
  async style(): Promise<StyleSpecification> {
    await this.load();
    return this.whole();
  }

  /** Load again what is in words, for they are in a language. */
  translate(): void {
    quietly(() => this.loadLegends());
  }

  toggle(): void {
    this.set({ isOpen: !this.now.isOpen });
    this.look();
    if (this.now.isOpen && !this.now.rasters) quietly(() => this.loadRasters());
  }

  choose(theme: string): void {
    rememberTheme(theme);
    this.wear(theme);
  }

  lay(raster: Raster | null): void {
    this.set({ raster });
    this.show();
  }

  fade(strength: number): void {
    this.set({ strength });
    this.show();
  }

  /** Show a set of layers over the map, or no longer. */
  flip(name: string): void {
    const sets = new Set(this.now.sets);
    if (!sets.delete(name)) sets.add(name);
    this.set({ sets });
    quietly(() => this.reload());
  }

  /** Learn which land uses are drawn. */
  look(): void {
    const uses = this.page.map()?.usesDrawn() ?? new Set<string>();
    const isSame = uses.size === this.now.uses.size && [...uses].every((use) => this.now.uses.has(use));
    if (!isSame) this.set({ uses });
  }

  private wear(theme: string): void {
    if (theme === this.now.theme) return;
    this.set({ theme });
    quietly(() => this.reload());
  }

  private async reload(): Promise<void> {
    const wanted = this.now;
    await this.load();
    // Only the newest wish counts.
    if (wanted.theme === this.now.theme && wanted.sets === this.now.sets) this.show();
  }

  private async load(): Promise<void> {
    const { theme, sets } = this.now;
    const [base, ...overlays] = await Promise.all(
      ["map", ...sets].map((set) => fetchStyle(this.address(this.config.styleUrl, set, theme))),
    );
    if (!base) throw new Problem(0, "no_style", "");
    this.base = prepareStyle(base, location.origin);
    this.overlays = overlays;
    quietly(() => this.loadLegends());
  }

  private async loadLegends(): Promise<void> {
    const { theme, sets } = this.now;
    const names = [...sets, "map"];
    this.set({ legends: await Promise.all(names.map((set) => fetchLegend(this.address("/tiles/legend.json", set, theme)))) });
  }

  private async loadRasters(): Promise<void> {
    this.set({ rasters: await fetchRasters() });
  }

  private address(path: string, set: string, theme: string): string {
    const url = new URL(path, location.href);
    for (const [name, value] of Object.entries({ set, theme, lang: this.page.lang() })) url.searchParams.set(name, value);
    return url.href;
  }

  private whole(): StyleSpecification {
    const { raster, strength } = this.now;
    const look: Look = { raster, strength, sets: this.overlays };
    if (!this.base) throw new Error("There is no style to look at");
    return this.page.finish(looking(this.base, look, location.origin));
  }

  private show(): void {
    if (this.base) this.page.map()?.restyle(this.whole());
  }

  private set(change: Partial<LookState>): void {
    this.now = { ...this.now, ...change };
    this.page.changed();
  }
}
