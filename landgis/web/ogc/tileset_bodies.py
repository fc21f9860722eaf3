"""Tile sets and their matrices as JSON, in the words of OGC 17-083r4."""

from typing import Any

from landgis import geodesy
from landgis.cadastre.served import COLLECTIONS
from landgis.services.ogc.crs import CRS84_URI, EPSG_URI
from landgis.services.ogc.tilesets import Offered
from landgis.tiling import matrices
from landgis.tiling.grid import HALF_WORLD_M
from landgis.tiling.layers import Layer, TileSet
from landgis.web.ogc import links
from landgis.web.ogc.params import DOCUMENT, JSON, Reading
from landgis.web.pages import translator
from landgis.web.tile_wire import MVT

Body = dict[str, Any]
MERCATOR_URI = f"{EPSG_URI}{geodesy.WEB_MERCATOR}"
MATRIX_SET = f"/tileMatrixSets/{matrices.ID}"
_TYPES = {"String": "string", "Number": "number", "Boolean": "boolean"}
"""Type of a field in a layer folder -> JSON Schema."""


def matrix_sets(reading: Reading) -> Body:
    """Answer every set of tile matrices."""
    title = translator(reading.lang)("ogc.matrix_set")
    own = links.link(links.to(MATRIX_SET), "self", DOCUMENT[JSON], title)
    one = {"id": matrices.ID, "title": title, "uri": matrices.URI, "links": [own]}
    return {
        "links": links.same_in_every_format("/tileMatrixSets", reading),
        "tileMatrixSets": [one | {"crs": MERCATOR_URI}],
    }


def matrix_set(reading: Reading) -> Body:
    """Answer WebMercatorQuad."""
    return {
        "id": matrices.ID,
        "title": translator(reading.lang)("ogc.matrix_set"),
        "uri": matrices.URI,
        "crs": MERCATOR_URI,
        "orderedAxes": ["X", "Y"],
        "wellKnownScaleSet": matrices.SCALES,
        "tileMatrices": [_matrix(number) for number in range(matrices.MATRICES)],
        "links": links.same_in_every_format(MATRIX_SET, reading),
    }


def _matrix(number: int) -> Body:
    return {
        "id": str(number),
        "scaleDenominator": matrices.scale_denominator(number),
        "cellSize": matrices.cell_size_m(number),
        "cornerOfOrigin": "topLeft",
        "pointOfOrigin": [-HALF_WORLD_M, HALF_WORLD_M],
        "tileWidth": matrices.TILE_CELLS,
        "tileHeight": matrices.TILE_CELLS,
        "matrixWidth": 2**number,
        "matrixHeight": 2**number,
    }


def tilesets(offered: Offered, reading: Reading) -> Body:
    """Answer the list of the tile sets of a collection or of the register: there is one."""
    path = _path(offered)
    whole = links.link(
        links.to(f"{path}/{matrices.ID}"), "self", DOCUMENT[JSON], offered.title[reading.lang]
    )
    one = _heading(offered, reading) | {"links": [whole, *_more_links(offered, reading)]}
    return {"links": links.same_in_every_format(path, reading), "tilesets": [one]}


def tileset(offered: Offered, reading: Reading) -> Body:
    """Answer everything about a tile set."""
    path, (west, south, east, north) = f"{_path(offered)}/{matrices.ID}", offered.box
    own = links.same_in_every_format(path, reading)
    return {
        **_heading(offered, reading),
        "mediaTypes": [MVT],
        "boundingBox": {
            "lowerLeft": [west, south],
            "upperRight": [east, north],
            "crs": CRS84_URI,
        },
        "layers": [_layer(one, offered.drawn, reading.lang) for one in offered.drawn.layers],
        "links": [*own, *_more_links(offered, reading)],
    }


def _path(offered: Offered) -> str:
    return (f"/collections/{offered.collection}" if offered.collection else "") + "/tiles"


def _heading(offered: Offered, reading: Reading) -> Body:
    return {
        "title": offered.title[reading.lang],
        "description": offered.description[reading.lang],
        "dataType": "vector",
        "crs": MERCATOR_URI,
        "tileMatrixSetId": matrices.ID,
        "tileMatrixSetURI": matrices.URI,
        "tileMatrixSetLimits": [
            {
                "tileMatrix": str(one.matrix),
                "minTileRow": one.min_row,
                "maxTileRow": one.max_row,
                "minTileCol": one.min_col,
                "maxTileCol": one.max_col,
            }
            for one in offered.limits
        ],
    }


def _more_links(offered: Offered, reading: Reading) -> list[links.Link]:
    """Answer the links to the matrices, the tiles and what they show."""
    t = translator(reading.lang)
    address = links.to(f"{_path(offered)}/{matrices.ID}") + "/{tileMatrix}/{tileRow}/{tileCol}"
    shown = f"/collections/{offered.collection}" if offered.collection else ""
    rel = "geodata" if offered.collection else "dataset"
    json = DOCUMENT[JSON]
    return [
        links.link(links.to(MATRIX_SET), links.TILING_SCHEME, json, t("ogc.matrix_set")),
        links.link(f"{address}?f=mvt", "item", MVT, t("ogc.tile")) | {"templated": True},
        links.link(links.to(shown), f"{links.REL}{rel}", json, offered.title[reading.lang]),
    ]


def _layer(layer: Layer, drawn: TileSet, lang: str) -> Body:
    fields = {
        name: {"type": _TYPES[field["type"]], "description": field["meaning"]}
        for name, field in layer.fields.items()
    }
    described: Body = {
        "id": layer.name,
        "title": layer.title[lang],
        "dataType": "vector",
        "minTileMatrix": str(max(layer.minzoom, drawn.minzoom)),
        "maxTileMatrix": str(min(layer.maxzoom, drawn.maxzoom)),
        "propertiesSchema": {"type": "object", "properties": fields},
    }
    if layer.attribution:
        described["attribution"] = layer.attribution
    if layer.name in COLLECTIONS:
        shown = links.to(f"/collections/{layer.name}")
        described["links"] = [links.link(shown, f"{links.REL}geodata", DOCUMENT[JSON])]
    return described
