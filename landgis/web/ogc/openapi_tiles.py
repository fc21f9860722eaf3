"""Tile sets in the OpenAPI document of ``/ogc``; their operations bear the standard's suffixes."""

from collections.abc import Sequence

from landgis.tiling import matrices
from landgis.web.ogc.openapi_parts import Part, answer, get, ref
from landgis.web.ogc.params import DOCUMENT, TILES
from landgis.web.pages import translator

_TEXT: Part = {"type": "string"}
_URI: Part = {"type": "string", "format": "uri"}
_COUNT: Part = {"type": "integer", "minimum": 0}
_POINT: Part = {"type": "array", "minItems": 2, "maxItems": 2, "items": {"type": "number"}}
_LINKS: Part = {"type": "array", "minItems": 1, "items": ref("schemas", "TemplatedLink")}


def _list_of(name: str) -> Part:
    return {"type": "array", "minItems": 1, "items": ref("schemas", name)}


def _thing(required: str, optional: str = "", /, **properties: Part) -> Part:
    """Describe an object; members that no schema is given for are texts."""
    names = dict.fromkeys(f"{required} {optional}".split(), _TEXT)
    return {"type": "object", "required": required.split(), "properties": names | properties}


_HEADING: Part = {
    "dataType": {"type": "string", "enum": ["vector"]},
    "crs": _URI,
    "tileMatrixSetURI": _URI,
    "tileMatrixSetLimits": _list_of("TileMatrixLimits"),
    "links": _LINKS,
}
_SIDES = ("minTileRow", "maxTileRow", "minTileCol", "maxTileCol")
_SIZES = ("tileWidth", "tileHeight", "matrixWidth", "matrixHeight")

SCHEMAS: dict[str, Part] = {
    "TemplatedLink": _thing("href rel type", "title", templated={"type": "boolean"}),
    "TileMatrixLimits": _thing(f"tileMatrix {' '.join(_SIDES)}", **dict.fromkeys(_SIDES, _COUNT)),
    "TileSets": _thing("links tilesets", links=_LINKS, tilesets=_list_of("TileSetItem")),
    "TileSetItem": _thing(
        "title dataType crs tileMatrixSetId tileMatrixSetURI tileMatrixSetLimits links",
        "description",
        **_HEADING,
    ),
    "TileSet": _thing(
        "title dataType crs tileMatrixSetId tileMatrixSetURI tileMatrixSetLimits links "
        "boundingBox layers",
        "description",
        mediaTypes={"type": "array", "items": _TEXT},
        boundingBox=_thing("lowerLeft upperRight", "crs", lowerLeft=_POINT, upperRight=_POINT),
        layers=_list_of("TileLayer"),
        **_HEADING,
    ),
    "TileLayer": _thing(
        "id title dataType minTileMatrix maxTileMatrix",
        "attribution",
        propertiesSchema={"type": "object"},
        links=_LINKS,
    ),
    "TileMatrixSets": _thing(
        "links tileMatrixSets", links=_LINKS, tileMatrixSets=_list_of("TileMatrixSetItem")
    ),
    "TileMatrixSetItem": _thing("id title uri crs links", uri=_URI, crs=_URI, links=_LINKS),
    "TileMatrixSet": _thing(
        "id title uri crs wellKnownScaleSet orderedAxes tileMatrices links",
        uri=_URI,
        crs=_URI,
        wellKnownScaleSet=_URI,
        orderedAxes={"type": "array", "minItems": 1, "items": _TEXT},
        tileMatrices=_list_of("TileMatrix"),
        links=_LINKS,
    ),
    "TileMatrix": _thing(
        f"id scaleDenominator cellSize cornerOfOrigin pointOfOrigin {' '.join(_SIZES)}",
        scaleDenominator={"type": "number"},
        cellSize={"type": "number"},
        cornerOfOrigin={"type": "string", "enum": ["topLeft"]},
        pointOfOrigin=_POINT,
        **dict.fromkeys(_SIZES, _COUNT),
    ),
}


def _path_parameter(name: str, about: str, schema: Part) -> Part:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": about,
        "schema": schema,
    }


PARAMETERS: dict[str, Part] = {
    "tileMatrixSetId": _path_parameter(
        "tileMatrixSetId", "Set of tile matrices", _TEXT | {"enum": [matrices.ID]}
    ),
    "tileMatrix": _path_parameter("tileMatrix", "Matrix of the set: its zoom", _TEXT),
    "tileRow": _path_parameter("tileRow", "Row of the tile, from the north", _COUNT),
    "tileCol": _path_parameter("tileCol", "Column of the tile, from the west", _COUNT),
}


def paths(drawn: Sequence[str], lang: str) -> Part:
    """Answer the paths of matrix sets and tile sets; ``drawn`` names the collections with tiles."""
    t = translator(lang)
    of_set = [ref("parameters", "tileMatrixSetId")]
    found = {
        "/tileMatrixSets": get(
            "about",
            "get.getTileMatrixSetsList",
            t("ogc.matrix_sets"),
            answer(DOCUMENT, ref("schemas", "TileMatrixSets")),
        ),
        "/tileMatrixSets/{tileMatrixSetId}": get(
            "about",
            "get.getTileMatrixSet",
            t("ogc.matrix_set"),
            answer(DOCUMENT, ref("schemas", "TileMatrixSet")),
            of_set,
        ),
        **_of("", "about", "map.dataset", lang),
    }
    for name in drawn:
        found |= _of(f"/collections/{name}", name, f"{name}.collection", lang)
    return found


def _of(path: str, tag: str, prefix: str, lang: str) -> Part:
    t = translator(lang)
    of_set = [ref("parameters", "tileMatrixSetId")]
    of_tile = [*of_set, *(ref("parameters", n) for n in ("tileMatrix", "tileRow", "tileCol"))]
    tile = get(
        tag,
        f"{prefix}.vector.getTile",
        t("ogc.tile"),
        answer(TILES, {"type": "string", "format": "binary"}),
        of_tile,
    )
    tile["get"]["responses"] |= {
        "204": {"description": "Nothing lies there"},
        "304": {"description": "As If-None-Match names it"},
    }
    return {
        f"{path}/tiles": get(
            tag,
            f"{prefix}.vector.getTileSetsList",
            t("ogc.tilesets"),
            answer(DOCUMENT, ref("schemas", "TileSets")),
        ),
        f"{path}/tiles/{{tileMatrixSetId}}": get(
            tag,
            f"{prefix}.vector.getTileSet",
            t("ogc.tileset"),
            answer(DOCUMENT, ref("schemas", "TileSet")),
            of_set,
        ),
        f"{path}/tiles/{{tileMatrixSetId}}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}": tile,
    }
