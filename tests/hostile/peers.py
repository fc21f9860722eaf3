"""The broken and odd files of other projects' test suites, with what each must give."""

import os
import shutil
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.hostile.case import Case
from tests.hostile.parts import dbf, keys, layer, loose, polygons

TABLE = Path(__file__).with_name("peers.toml")
LAYERS = frozenset({".shp", ".zip", ".gz", ".gpkg", ".json", ".vrt"})


def is_here() -> bool:
    """Answer whether the real data are at hand."""
    return "LANDGIS_TEST_DATA" in os.environ


def data() -> Path:
    """The folder of large and hostile real data."""
    return Path(os.environ["LANDGIS_TEST_DATA"])


def files_there() -> set[str]:
    """Every file of the hostile sets that stands for itself, by its path in ``data()``."""
    return {
        str(file.relative_to(data()))
        for file in data().glob("hostile-*/**/*")
        if file.suffix in LAYERS
        or (file.suffix == ".dbf" and not file.with_suffix(".shp").exists())
    }


def listed() -> list[Mapping[str, Any]]:
    """The table as written."""
    return list(tomllib.loads(TABLE.read_text("utf-8"))["case"])


def _given(entry: Mapping[str, Any]) -> Callable[[Path], Path]:
    """Copy the file with its companions, and add what the table says that it came without."""

    def make(folder: Path) -> Path:
        found = data() / entry["file"]
        if "squares" in entry:
            return loose(folder, layer(polygons(entry["squares"]), table=found.read_bytes()))
        for file in found.parent.iterdir():
            if file.stem.lower() == found.stem.lower() and file.is_file():
                shutil.copy(file, folder / file.name)
                (folder / file.name).chmod(0o600)
        if "table" in entry:
            (folder / found.name).with_suffix(".dbf").write_bytes(dbf(keys(entry["table"])))
        return folder / found.name

    return make


def _case(entry: Mapping[str, Any]) -> Case:
    name = f"{entry['file']}, {entry['name']}" if "name" in entry else entry["file"]
    facts = {key: entry[key] for key in entry.keys() - {"file", "name", "table", "squares"}}
    return Case(name=name, make=_given(entry), **facts)


CASES = [_case(entry) for entry in listed()]
"""In the order of the table."""
