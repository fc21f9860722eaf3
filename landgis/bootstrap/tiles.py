"""Wires what tiles are drawn, kept and described by."""

from dataclasses import dataclass

from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.config import Settings
from landgis.services.bands import BandService
from landgis.services.blocks import BlockService
from landgis.services.drawing import TileMaker, fingerprint
from landgis.services.fresh_tiles import FreshTiles
from landgis.services.map_look import MapLook
from landgis.services.officers_tiles import OfficersTiles
from landgis.services.ogc.features import FeatureService
from landgis.services.ogc.tilesets import TilesetService
from landgis.services.pyramid import PyramidService
from landgis.services.tile_export import TileExport
from landgis.services.tiles import TileService
from landgis.store.bands import BandStore
from landgis.store.blocks import BlockStore
from landgis.store.database import WEB_TIMEOUT_MS, Database
from landgis.store.extents import ExtentStore
from landgis.store.parcels import ParcelStore
from landgis.store.tile_changes import TileChangeStore
from landgis.store.tiles import TileStore
from landgis.tiling import bands, layers, themes
from landgis.tiling.kept import KeptTiles


@dataclass(frozen=True, kw_only=True)
class MapTiles:
    """The stories of tiles."""

    tiles: TileService
    tilesets: TilesetService
    officers_tiles: OfficersTiles
    map_look: MapLook
    fresh: FreshTiles
    pyramid: PyramidService
    tile_export: TileExport
    tile_store: TileStore


def map_tiles(
    settings: Settings,
    url: str,
    database: Database,
    jurisdiction: Jurisdiction,
    features: FeatureService,
) -> MapTiles:
    """Answer the stories of tiles; the store of drawn ones is opened when it is needed."""
    tilesets, store = layers.load(settings.tiles_dir), TileStore(url, WEB_TIMEOUT_MS)
    blocks = BlockService(BlockStore(database))
    maker = TileMaker(store, blocks)
    fresh = FreshTiles(
        tilesets,
        maker,
        TileChangeStore(database),
        lambda: KeptTiles(settings.kept_tiles_dir, fingerprint(tilesets)),
    )
    fillings = (BandService(BandStore(database, bands.draw)), blocks)
    pyramid = PyramidService(tilesets[layers.MAP], fresh, maker, ExtentStore(database), fillings)
    tiles = TileService(tilesets, fresh, ParcelStore(database), jurisdiction)
    return MapTiles(
        tiles=tiles,
        tilesets=TilesetService(features, tiles),
        officers_tiles=OfficersTiles(tilesets, store),
        map_look=MapLook(tilesets, themes.load(settings.tiles_dir), jurisdiction),
        fresh=fresh,
        pyramid=pyramid,
        tile_export=TileExport(pyramid, fresh),
        tile_store=store,
    )
