/** How the map may look: its theme, an image under the parcels, sets of layers over them. Pure. */
import type { LayerSpecification, StyleSpecification } from "maplibre-gl";
import type { Names } from "./i18n";
import { PARCELS, absolute } from "./style";

/** Tile layers of single or many parcels; of a unit no use means that it has no parcels. */
export const LAND: readonly string[] = [PARCELS, "blocks"];
const RASTER = "raster";
/** How much of the land's colour an image at its full strength takes away. */
const FADES_LAND_BY = 0.85;

/** An image that the server has tiles of. */
export interface Raster {
  readonly name: string;
  readonly title: Names;
  readonly kind: string;
  readonly bounds: readonly [number, number, number, number];
  readonly minzoom: number;
  readonly maxzoom: number;
  readonly attribution: string;
  readonly tile_size: number;
  /** Address with {z}, {x} and {y}, by form of the picture. */
  readonly tiles: { readonly webp: string };
}

export interface Look {
  readonly raster: Raster | null;
  /** Strength of the image, 0 to 1. */
  readonly strength: number;
  /** Styles of sets of layers to show over everything. */
  readonly sets: readonly StyleSpecification[];
}

/** The style with what a look adds to it. */
export function looking(style: StyleSpecification, look: Look, origin: string): StyleSpecification {
  return withSets(withRaster(style, look, origin), look.sets);
}

function withRaster(style: StyleSpecification, look: Look, origin: string): StyleSpecification {
  const { raster, strength } = look;
  if (!raster) return style;
  const isLand = (layer: LayerSpecification): boolean =>
    layer.type === "fill" && LAND.includes(layer["source-layer"] ?? "");
  const first = style.layers.findIndex(isLand);
  const at = first < 0 ? style.layers.length : first;
  const image: LayerSpecification = {
    id: RASTER,
    type: "raster",
    source: RASTER,
    paint: { "raster-opacity": strength, "raster-fade-duration": 0 },
  };
  const layers = style.layers.map((layer) =>
    isLand(layer) && !layer.id.startsWith("selection") ? faded(layer, 1 - FADES_LAND_BY * strength) : layer,
  );
  return {
    ...style,
    sources: {
      ...style.sources,
      [RASTER]: {
        type: "raster",
        tiles: [absolute(raster.tiles.webp, origin)],
        tileSize: raster.tile_size,
        bounds: [...raster.bounds],
        minzoom: raster.minzoom,
        maxzoom: raster.maxzoom,
        attribution: raster.attribution,
      },
    },
    layers: [...layers.slice(0, at), image, ...layers.slice(at)],
  };
}

function faded(layer: LayerSpecification, share: number): LayerSpecification {
  if (layer.type !== "fill") return layer;
  const opacity = times(layer.paint?.["fill-opacity"] ?? 1, share) as number;
  return { ...layer, paint: { ...layer.paint, "fill-opacity": opacity } };
}

/** An opacity times a number; of one that depends on the zoom the values, for the zoom stays outermost. */
function times(opacity: unknown, share: number): unknown {
  if (typeof opacity === "number") return opacity * share;
  if (!Array.isArray(opacity) || opacity[0] !== "interpolate") return ["*", opacity, share];
  return opacity.map((part: unknown, at) => (at > 3 && at % 2 === 0 ? times(part, share) : part));
}

function withSets(style: StyleSpecification, sets: readonly StyleSpecification[]): StyleSpecification {
  return {
    ...style,
    sources: Object.assign({}, style.sources, ...sets.map((set) => set.sources)) as StyleSpecification["sources"],
    layers: [...style.layers, ...sets.flatMap((set) => set.layers.filter(({ type }) => type !== "background"))],
  };
}

/** The layers whose areas have the colour of a land use: what a legend is about. */
export function landAreas(style: StyleSpecification): string[] {
  return style.layers
    .filter((layer) => layer.type === "fill" && JSON.stringify(layer.paint?.["fill-color"] ?? "").includes('["get","use"]'))
    .map(({ id }) => id);
}

/** The colour that the theme gives to what lies beside all land. */
export function groundOf(style: StyleSpecification): string | null {
  const [ground] = style.layers;
  const colour = ground?.type === "background" ? ground.paint?.["background-color"] : undefined;
  return typeof colour === "string" ? colour : null;
}
