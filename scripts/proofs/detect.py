"""Whether the importer is right about encoding, plane and axes, or honestly asks."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import shapely

from landgis.errors import Refused
from landgis.geodesy import LONLAT, transform_xy
from landgis.ingest.archive import open_source
from landgis.ingest.diagnosis import cause_of, offset_between
from landgis.ingest.evidence import Choices
from landgis.ingest.normalise import Normalised, normalise
from landgis.ingest.placing import Reading
from landgis.ingest.plane_reasons import option
from landgis.ingest.raw import RawLayer
from landgis.ingest.read import read_layers
from proofs.mixes import GRID, VN_80, Made, make, mixes

RIGHT, ASKED, WRONG = "right", "asked", "wrong"
QUESTIONS = {
    *("crs_missing", "crs_ambiguous", "crs_contradicted", "crs_not_understood"),
    "crs_not_accepted",
}
WITHIN_M = 0.05
"""Vertices of the register are as exact as the file's."""


def prove(rounds: int, seed: int, say: Callable[[str], object]) -> list[str]:
    """Make ``rounds`` files and judge what is believed of each; answer what was wrong."""
    verdicts: dict[str, Counter[str]] = defaultdict(Counter)
    forms: dict[str, Counter[str]] = defaultdict(Counter)
    faults: list[str] = []
    for number, mix in enumerate(mixes(rounds, seed)):
        with TemporaryDirectory() as folder:
            said = _judge(make(mix, Path(folder)), Path(folder))
        for what, verdict in said.items():
            verdicts[what][verdict] += 1
            if verdict == WRONG:
                faults.append(
                    f"mix {number}: {what}: {mix.form.name}, {mix.codec}, .cpg {mix.cpg}, "
                    f"unit {mix.unit} as {mix.written_unit}"
                )
        forms[mix.form.name][said["crs"]] += 1
    _tell(verdicts, forms, say)
    return faults


def _judge(made: Made, folder: Path) -> dict[str, str]:
    """Answer the verdict on each decision; what was asked is answered, and judged again."""
    truth = made.mix.form.truth
    workdir = folder / "work"
    workdir.mkdir()
    (raw,) = read_layers(open_source(made.path, workdir), workdir)
    said: dict[str, str] = {}
    try:
        found = normalise(raw, VN_80, Choices())
        said |= _on_reading(found, truth)
    except Refused as refusal:
        asked = ASKED if refusal.code in QUESTIONS else WRONG
        said |= {"crs": asked, "axis": asked}
        if truth.epsg not in VN_80.survey_epsgs:
            return said
        said["named"] = RIGHT if option(truth) in refusal.message else WRONG
        found = normalise(raw, VN_80, Choices(crs=truth.epsg, axis_order=truth.axis_order))
        said["answered"] = _on_reading(found, truth)["crs"]
    said["encoding"] = _on_text(found, made)
    said["vertices"] = _on_vertices(found, raw)
    if made.mix.form.wrong_way is not None:
        said["offset"] = _on_offset(made)
    return said


def _on_reading(found: Normalised, truth: Reading) -> dict[str, str]:
    order = found.evidence["axis_order"]["chosen"]
    return {
        "crs": RIGHT if found.parcels.survey_epsg == truth.epsg else WRONG,
        "axis": RIGHT if order == truth.axis_order else WRONG,
    }


def _on_text(found: Normalised, made: Made) -> str:
    """Judge the text itself; TCVN3 has no toned capitals, so there case does not count."""
    for name, values in made.texts.items():
        got = found.attributes[name].tolist()
        wanted = [text or None for text in values]
        if made.mix.codec == "tcvn3":
            got, wanted = _folded(got), _folded(wanted)
        if got != wanted:
            return ASKED if found.evidence["encoding"].get("ambiguous") else WRONG
    return RIGHT


def _folded(values: list[str | None]) -> list[str | None]:
    return [None if value is None else value.casefold() for value in values]


def _on_vertices(found: Normalised, raw: RawLayer) -> str:
    """See that the numbers of the file are kept bit for bit, at most exchanged."""
    kept = shapely.get_coordinates(found.parcels.geom)
    there = shapely.get_coordinates(shapely.from_wkb(raw.wkb))
    if found.evidence["axis_order"]["chosen"] != "east,north":
        there = there[:, ::-1]
    return RIGHT if np.array_equal(kept, there) else WRONG


def _on_offset(made: Made) -> str:
    """See that a register with these parcels tells the mistake by its shift."""
    offset = offset_between(made.found, made.vertices)
    if offset is None:
        return ASKED
    east, north = made.found.mean(axis=0)
    lon, lat = transform_xy(np.array([east]), np.array([north]), GRID, LONLAT)
    cause = cause_of(offset, GRID, (float(lon[0]), float(lat[0])), WITHIN_M)
    return RIGHT if cause == made.mix.form.wrong_way else WRONG


def _tell(
    verdicts: Mapping[str, Counter[str]],
    forms: Mapping[str, Counter[str]],
    say: Callable[[str], object],
) -> None:
    say(f"{'':34}{'right':>7}{'asked':>7}{'wrong':>7}  precision  recall")
    for what, found in (*sorted(verdicts.items()), *sorted(forms.items())):
        right, asked, wrong = (found[verdict] for verdict in (RIGHT, ASKED, WRONG))
        precision = f"{right / (right + wrong):.3f}" if right + wrong else "-"
        recall = right / (right + asked + wrong)
        say(f"{what:34}{right:7}{asked:7}{wrong:7}  {precision:>9}  {recall:6.3f}")
