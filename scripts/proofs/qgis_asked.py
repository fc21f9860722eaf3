"""Asks QGIS itself: run by the system's Python, for QGIS lives there; one question a process.

``python3 qgis_asked.py QUESTION JSON`` prints one JSON object. Nothing of landgis is imported.
"""

import json
import sys
from typing import Any

from qgis.core import (
    Qgis,
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsDataSourceUri,
    QgsExpression,
    QgsExpressionFunction,
    QgsFeatureRequest,
    QgsFillSymbol,
    QgsGeometry,
    QgsMapRendererCustomPainterJob,
    QgsMapSettings,
    QgsRectangle,
    QgsSingleSymbolRenderer,
    QgsVectorLayer,
    QgsVectorTileBasicRenderer,
    QgsVectorTileBasicRendererStyle,
    QgsVectorTileLayer,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QDate, QDateTime, QSize, Qt, QVariant
from qgis.PyQt.QtGui import QColor, QImage, QPainter

PAGE = 1000
WEB_MERCATOR = "EPSG:3857"
DPI = 96.0
SCALE_OF_ZOOM_0 = 559_082_264.028_717_8
"""Of tiles of 256 pixels; source: OGC 17-083r4, annex D.1, table 19."""


def features(asked: dict[str, Any]) -> dict[str, Any]:
    """Answer the members of a collection as the provider OAPIF has them."""
    layer = _collection(asked)
    request = QgsFeatureRequest()
    if asked.get("box"):
        request.setFilterRect(QgsRectangle(*asked["box"]))
        request.setFlags(QgsFeatureRequest.ExactIntersect)
    names = [field.name() for field in layer.fields()]
    return {
        "version": Qgis.QGIS_VERSION,
        "crs": layer.crs().authid(),
        "counted": layer.featureCount(),
        "types": {field.name(): field.typeName() for field in layer.fields()},
        "features": [
            {
                "values": dict(zip(names, map(_plain, one.attributes()), strict=True)),
                "wkb": bytes(one.geometry().asWkb()).hex(),
            }
            for one in layer.getFeatures(request)
        ],
    }


def tiles(asked: dict[str, Any]) -> dict[str, Any]:
    """Answer every polygon that is decoded while a layer of vector tiles is drawn."""
    seen: list[dict[str, Any]] = []

    class Seen(QgsExpressionFunction):
        """A filter that lets all through and writes down what it was asked about."""

        def __init__(self) -> None:
            super().__init__("seen_by_proof", -1, "proofs", "")

        def func(self, values: Any, *_more: Any) -> bool:
            seen.append({"values": [_plain(v) for v in values[1:]], "wkb": _wkb(values[0])})
            return True

    function = Seen()
    QgsExpression.registerFunction(function)
    layer = _tile_layer(asked["url"])
    renderer = QgsVectorTileBasicRenderer()
    style = QgsVectorTileBasicRendererStyle("all", asked["layer"], QgsWkbTypes.PolygonGeometry)
    columns = ", ".join(f'"{name}"' for name in asked["fields"])
    style.setFilterExpression(f"seen_by_proof($geometry, $id, {columns})")
    style.setSymbol(QgsFillSymbol.createSimple({}))
    renderer.setStyles([style])
    layer.setRenderer(renderer)
    image = _draw([layer], asked["box"], asked["zoom"])
    return {"features": seen, "size": [image.width(), image.height()]}


def picture(asked: dict[str, Any]) -> dict[str, Any]:
    """Draw tiles in the style of the server, and members of collections over them."""
    below = _tile_layer(asked["url"], asked["style"])
    problem, is_styled = below.loadDefaultStyle()
    over = []
    for one in asked["over"]:
        layer = _collection(one)
        symbol = QgsFillSymbol.createSimple(
            {"style": "no", "outline_color": one["colour"], "outline_width": one["width"]}
        )
        layer.setRenderer(QgsSingleSymbolRenderer(symbol))
        over.append(layer)
    image = _draw([*reversed(over), below], asked["box"], asked["zoom"])
    if not image.save(asked["out"], "PNG"):
        raise SystemExit(f"QGIS could not write {asked['out']}")
    step = 4
    colours = {
        image.pixel(x, y)
        for x in range(0, image.width(), step)
        for y in range(0, image.height(), step)
    }
    return {
        "size": [image.width(), image.height()],
        "colours": [f"#{colour & 0xFFFFFF:06x}" for colour in colours],
        "styled": is_styled,
        "problem": problem,
    }


def _collection(asked: dict[str, Any]) -> QgsVectorLayer:
    uri = QgsDataSourceUri()
    uri.setParam("url", f"{asked['url']}/ogc")
    uri.setParam("typename", asked["collection"])
    uri.setParam("pageSize", str(PAGE))
    if asked.get("is_only_box"):
        uri.setParam("restrictToRequestBBOX", "1")
    if asked.get("crs"):
        uri.setParam("srsname", asked["crs"])
    layer = QgsVectorLayer(uri.uri(False), asked["collection"], "OAPIF")
    if not layer.isValid():
        raise SystemExit(f"QGIS does not take {asked['collection']}: {layer.error().summary()}")
    if asked.get("filter") and not layer.setSubsetString(asked["filter"]):
        raise SystemExit(f"QGIS does not take the filter {asked['filter']}")
    return layer


def _tile_layer(url: str, style: str = "") -> QgsVectorTileLayer:
    uri = f"type=xyz&url={url}&zmin=0&zmax=18"
    layer = QgsVectorTileLayer(f"{uri}&styleUrl={style}" if style else uri, "tiles")
    if not layer.isValid():
        raise SystemExit(f"QGIS does not take the tiles {url}: {layer.error().summary()}")
    return layer


def _draw(layers: list[Any], box: list[float], zoom: int) -> QImage:
    """Draw a box of EPSG:3857 at the scale of a zoom, whose tiles are 512 pixels wide."""
    unit_m = SCALE_OF_ZOOM_0 / 2 / 2**zoom * 0.0254 / DPI
    size = QSize(round((box[2] - box[0]) / unit_m), round((box[3] - box[1]) / unit_m))
    settings = QgsMapSettings()
    settings.setDestinationCrs(QgsCoordinateReferenceSystem(WEB_MERCATOR))
    settings.setLayers(layers)
    settings.setOutputDpi(DPI)
    settings.setOutputSize(size)
    settings.setExtent(QgsRectangle(*box))
    settings.setBackgroundColor(QColor("white"))
    image = QImage(size, QImage.Format_ARGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    job = QgsMapRendererCustomPainterJob(settings, painter)
    job.renderSynchronously()
    painter.end()
    if job.errors():
        raise SystemExit("; ".join(error.message for error in job.errors()))
    return image


def _wkb(geometry: QgsGeometry) -> str:
    return bytes(geometry.asWkb()).hex()


def _plain(value: Any) -> Any:
    if value is None or (isinstance(value, QVariant) and value.isNull()):
        return None
    if isinstance(value, QDateTime):
        return value.toString("yyyy-MM-ddTHH:mm:ss.zzz")
    if isinstance(value, QDate):
        return value.toString(Qt.ISODate)
    return value


if __name__ == "__main__":
    application = QgsApplication([], False)
    application.initQgis()
    question = {"features": features, "tiles": tiles, "picture": picture}[sys.argv[1]]
    sys.stdout.write(json.dumps(question(json.loads(sys.argv[2]))) + "\n")
