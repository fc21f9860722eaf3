"""The routes of OGC API Tiles; the tiles are those of ``/tiles``, under other addresses."""

from flask import Blueprint, Response

from landgis.services.ogc.tilesets import require_matrix_set
from landgis.web.access import require
from landgis.web.ogc import params, tileset_bodies
from landgis.web.ogc.desk import Desk
from landgis.web.tile_wire import wire
from landgis.web.tiles import of_headers


def register(ogc: Blueprint, desk: Desk) -> None:
    """Give a blueprint the routes of matrix sets, tile sets and tiles."""
    _matrix_sets(ogc, desk)
    _tilesets(ogc, desk)
    _tiles(ogc, desk)


def _matrix_sets(ogc: Blueprint, desk: Desk) -> None:
    @ogc.get("/ogc/tileMatrixSets")
    @require("public")
    def matrix_sets() -> Response:
        reading = desk.read(params.DOCUMENT)
        return desk.answer(tileset_bodies.matrix_sets(reading), reading, desk.pages.matrix_sets)

    @ogc.get("/ogc/tileMatrixSets/<matrix_set_id>")
    @require("public")
    def matrix_set(matrix_set_id: str) -> Response:
        reading = desk.read(params.DOCUMENT)
        require_matrix_set(matrix_set_id)
        return desk.answer(tileset_bodies.matrix_set(reading), reading, desk.pages.matrix_set)


def _tilesets(ogc: Blueprint, desk: Desk) -> None:
    @ogc.get("/ogc/tiles")
    @ogc.get("/ogc/collections/<name>/tiles")
    @require("public")
    def tilesets(name: str = "") -> Response:
        reading = desk.read(params.DOCUMENT)
        body = tileset_bodies.tilesets(desk.tilesets.offered(name), reading)
        return desk.answer(body, reading, desk.pages.tilesets)

    @ogc.get("/ogc/tiles/<matrix_set_id>")
    @ogc.get("/ogc/collections/<name>/tiles/<matrix_set_id>")
    @require("public")
    def tileset(matrix_set_id: str, name: str = "") -> Response:
        reading, offered = desk.read(params.DOCUMENT), desk.tilesets.offered(name)
        require_matrix_set(matrix_set_id)
        body = tileset_bodies.tileset(offered, reading)
        return desk.answer(body, reading, desk.pages.tileset)


def _tiles(ogc: Blueprint, desk: Desk) -> None:
    @ogc.get("/ogc/tiles/<matrix_set_id>/<matrix>/<row>/<col>")
    @ogc.get("/ogc/collections/<name>/tiles/<matrix_set_id>/<matrix>/<row>/<col>")
    @require("public")
    def tile(matrix_set_id: str, matrix: str, row: str, col: str, name: str = "") -> Response:
        desk.read(params.TILES)
        offered, asked = desk.tilesets.offered(name), of_headers()
        require_matrix_set(matrix_set_id)
        sequence, drawn = desk.tilesets.tile(offered, matrix, row, col, asked.wanted)
        answer = wire(sequence, drawn, asked)
        return Response(answer.body, answer.status, answer.headers)
