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
from landgis.ingest import drawing, flatgeobuf, gdal_reader, geojson, geopackage, geoparquet
from landgis.ingest.sandbox import enter_sandbox

TASK = "task.json"
ANSWER = "answer.json"
FIRST_FILES = "layer-1"
"""Stem of the files of the first layer: ``.arrow`` rows, ``.npy`` our own count."""


OF_ONE_LAYER: dict[str, Callable[[Path, Path, str], dict[str, Any]]] = {
    "GeoJSON": geojson.read_geojson,
    "FlatGeobuf": flatgeobuf.read_flatgeobuf,
    "Parquet": geoparquet.read_geoparquet,
}
"""Readers of the formats whose files hold one layer."""


@dataclass(frozen=True)
class Task:
    """What is to be read."""

    driver: str
    path: str
    layer: str | None


def run(task: Task, folder: Path) -> dict[str, Any]:
    """Answer ``{"layers": […]}``, or ``{"refused": {code, message}}``."""
    path = Path(task.path)
    try:
        if task.driver == "ESRI Shapefile":
            # Latin-1 maps each byte to the letter of the same number: nothing is decoded yet.
            facts = gdal_reader.read_table(
                path, task.driver, folder / f"{FIRST_FILES}.arrow", encoding="ISO-8859-1"
            )
            return {"layers": [{"files": FIRST_FILES, **facts}]}
        if task.driver == "GPKG":
            return {"layers": geopackage.read_geopackage(path, folder, task.layer)}
        if task.driver in drawing.COUNTERS:
            found = drawing.read_drawing(path, folder, FIRST_FILES, task.driver, task.layer)
            return {"layers": [found]}
        return {"layers": [OF_ONE_LAYER[task.driver](path, folder, FIRST_FILES)]}
    except Refused as refusal:
        return {"refused": {"code": refusal.code, "message": refusal.message}}
    except MemoryError:
        return {
            "refused": {"code": "reader_failed", "message": "its content needs too much memory"}
        }


def main(folder: Path) -> None:
    """Read the task in ``folder`` behind the walls of the sandbox."""
    task = Task(**json.loads((folder / TASK).read_text("utf-8")))
    enter_sandbox()
    (folder / ANSWER).write_text(json.dumps(run(task, folder)), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
