"""The process in which files of strangers are parsed: ``python -m landgis.ingest.child FOLDER``.

It finds ``task.json`` in FOLDER and leaves ``answer.json`` and one Arrow file a layer there.
"""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from landgis.errors import Refused
from landgis.ingest import (
    drawing,
    file_gdb,
    flatgeobuf,
    gdal_reader,
    geojson,
    geopackage,
    geoparquet,
)
from landgis.ingest.sandbox import ANSWER, TASK, enter_sandbox

FIRST_FILES = "layer-1"
"""Stem of the files of the first layer: ``.arrow`` rows, ``.npy`` our own count."""


OF_ONE_LAYER: dict[str, Callable[[Path, Path, str], dict[str, Any]]] = {
    "GeoJSON": geojson.read_geojson,
    "FlatGeobuf": flatgeobuf.read_flatgeobuf,
    "Parquet": geoparquet.read_geoparquet,
}
"""Readers of the formats whose files hold one layer."""


def _tables(path: Path) -> dict[str, Any]:
    from landgis.ingest.table_file import list_tables

    return list_tables(path)


def _table(path: Path, folder: Path, files: str, driver: str, layer: str | None) -> dict[str, Any]:
    """Read a table; what that takes along, layers need not wait for."""
    from landgis.ingest.table_file import read_table_file

    return read_table_file(path, folder, files, driver, layer)


def _cells(path: Path, folder: Path, files: str, driver: str, layer: str | None) -> dict[str, Any]:
    from landgis.ingest.cells_file import read_cells

    return read_cells(path, folder, files, driver, layer)


OF_LAYERS: dict[str, Callable[[Path, Path, str | None], list[dict[str, Any]]]] = {
    "GPKG": geopackage.read_geopackage,
    file_gdb.DRIVER: file_gdb.read_file_gdb,
}
LISTS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "GPKG": geopackage.list_tables,
    file_gdb.DRIVER: file_gdb.list_layers,
    "CSV": _tables,
}
"""Readers of files with several layers, and what lists these."""

WITH_LEVELS: dict[str, Callable[[Path, Path, str, str, str | None], dict[str, Any]]] = {
    **dict.fromkeys(drawing.COUNTERS, drawing.read_drawing),
    **dict.fromkeys(("CSV", "XLSX"), _table),
    **dict.fromkeys(("CSV-CELLS", "XLSX-CELLS"), _cells),
}
"""Readers of drawings and tables, which may be told a level or a sheet."""


@dataclass(frozen=True)
class Task:
    """What is to be read."""

    driver: str
    path: str
    layer: str | None
    is_listing: bool = False
    """Only the names of the layers are wanted."""


def run(task: Task, folder: Path) -> dict[str, Any]:
    """Answer ``{"layers": […]}``, or ``{"refused": {code, message}}``."""
    path = Path(task.path)
    try:
        if task.is_listing:
            return LISTS[task.driver](path)
        return {"layers": _layers(task, path, folder)}
    except Refused as refusal:
        return {"refused": {"code": refusal.code, "message": refusal.message}}
    except MemoryError:
        return {
            "refused": {"code": "reader_failed", "message": "its content needs too much memory"}
        }


def _layers(task: Task, path: Path, folder: Path) -> list[dict[str, Any]]:
    if task.driver == "ESRI Shapefile":
        # Latin-1 maps each byte to the letter of the same number: nothing is decoded yet.
        facts = gdal_reader.read_table(
            path, task.driver, folder / f"{FIRST_FILES}.arrow", encoding="ISO-8859-1"
        )
        return [{"files": FIRST_FILES, **facts}]
    if task.driver in OF_LAYERS:
        return OF_LAYERS[task.driver](path, folder, task.layer)
    if task.driver in WITH_LEVELS:
        read = WITH_LEVELS[task.driver]
        return [read(path, folder, FIRST_FILES, task.driver, task.layer)]
    return [OF_ONE_LAYER[task.driver](path, folder, FIRST_FILES)]


def main(folder: Path) -> None:
    """Read the task in ``folder`` behind the walls of the sandbox."""
    task = Task(**json.loads((folder / TASK).read_text("utf-8")))
    enter_sandbox()
    (folder / ANSWER).write_text(json.dumps(run(task, folder)), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
