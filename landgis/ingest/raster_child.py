"""The process in which images of strangers are read: ``python -m landgis.ingest.raster_child DIR``.

It finds ``task.json`` in DIR, looks at the image or makes ours of it, and leaves ``answer.json``.
"""

import json
import sys
import warnings
from pathlib import Path
from typing import Any

import rasterio
from rasterio.errors import NotGeoreferencedWarning, RasterioError

from landgis.errors import Refused
from landgis.ingest.raster_pixels import look
from landgis.ingest.raster_warp import Making, make
from landgis.ingest.sandbox import ANSWER, TASK, enter_sandbox

CACHE_MB = 256
"""Of GDAL's blocks, in megabytes."""

ALONE = {
    # Nothing beside the file is looked for: no .ovr, .msk, .aux.xml, world file.
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_PAM_ENABLED": "NO",
    "GDAL_CACHEMAX": CACHE_MB,
}


def run(task: dict[str, Any]) -> dict[str, Any]:
    """Answer what ``look`` or ``make`` finds, or ``{"refused": {code, message}}``."""
    path = Path(task["path"])
    try:
        if task["making"] is None:
            return look(path)
        return make(path, Making(**task["making"]))
    except Refused as refusal:
        return {"refused": {"code": refusal.code, "message": refusal.message}}
    except MemoryError:
        message = "its content needs too much memory; save it with tiles of 512 by 512 pixels"
        return {"refused": {"code": "raster_unreadable", "message": message}}
    except RasterioError as problem:
        message = f"this image cannot be read ({problem}); export it again as a GeoTIFF"
        return {"refused": {"code": "raster_unreadable", "message": message}}


def main(folder: Path) -> None:
    """Do the task in ``folder`` behind the walls of the sandbox."""
    task = json.loads((folder / TASK).read_text("utf-8"))
    enter_sandbox(task["cpu_seconds"])
    warnings.simplefilter("ignore", NotGeoreferencedWarning)  # that is said in the answer
    with rasterio.Env(**ALONE):
        (folder / ANSWER).write_text(json.dumps(run(task)), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
