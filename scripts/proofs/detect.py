"""Whether the importer is right about encoding, plane, axes, fields and shift, or asks."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import shapely

from landgis.cadastre.rules import identity_keys
from landgis.errors import Refused
from landgis.ingest.archive import open_source
from landgis.ingest.evidence import Choices
from landgis.ingest.normalise import Normalised, normalise
from landgis.ingest.placing import EAST_NORTH, Reading
from landgis.ingest.plane_reasons import option
from landgis.ingest.raw import RawLayer
from landgis.ingest.read import read_layers
from landgis.ingest.shift_reasons import NONE, UNKNOWN
from landgis.services.shift import shift_findings
from proofs.mixes import GRID, VN_80, Made, make, mixes

RIGHT, ASKED, WRONG = "right", "asked", "wrong"
QUESTIONS = {
    *("crs_missing", "crs_ambiguous", "crs_contradicted", "crs_not_understood"),
    "crs_not_accepted",
}
BEFORE = {"vi": "Nhớ từ tệp trước.", "en": "Remembered from an earlier file."}


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
        forms[mix.form.name][said.get("crs", ASKED)] += 1
    _tell(verdicts, forms, say)
    return faults


def _judge(made: Made, folder: Path) -> dict[str, str]:
    """Answer the verdict on each decision; what was asked is answered, and judged again."""
    truth, kind = made.mix.form.truth, f"encoding {made.mix.codec}"
    workdir = folder / "work"
    workdir.mkdir()
    (raw,) = read_layers(open_source(made.path, workdir), workdir)
    said: dict[str, str] = {}
    try:
        found = normalise(raw, VN_80, Choices())
        said |= _on_reading(found, truth)
        said["question"] = WRONG if made.mix.form.asks else RIGHT
    except Refused as refusal:
        asked = ASKED if refusal.code in QUESTIONS else WRONG
        said["question"] = RIGHT if made.mix.form.asks else asked
        if not made.mix.form.asks:
            said |= {"crs": asked, "axis": asked}
        if truth.epsg not in VN_80.survey_epsgs:
            return said
        said["named"] = RIGHT if option(truth) in refusal.message else WRONG
        answer = Choices(crs=truth.epsg, axis_order=truth.axis_order)
        found = normalise(raw, VN_80, answer)
        said["answered"] = _on_reading(found, truth)["crs"]
        said["remembered"] = _on_memory(raw, truth, truth)
    said["false memory"] = _on_memory(raw, _other(truth), truth)
    said["encoding"] = said[kind] = _on_text(found, made)
    said["fields"] = _on_fields(found, made)
    said["vertices"] = _on_vertices(found, raw)
    cause = made.mix.form.wrong_way or NONE
    said["shift"] = said[f"shift {cause}"] = _on_shift(found, made, cause)
    return said


def _other(truth: Reading) -> Reading:
    """Answer what a sender's earlier file could have been that this one is not."""
    return Reading(9210 if truth.epsg != 9210 else 9209, EAST_NORTH)


def _on_memory(raw: RawLayer, remembered: Reading, truth: Reading) -> str:
    """See that a true memory spares the question, and that a false one leads nobody astray."""
    choices = Choices(
        crs=remembered.epsg,
        axis_order=remembered.axis_order,
        remembered={"crs": BEFORE, "axis_order": BEFORE},
    )
    try:
        found = normalise(raw, VN_80, choices)
    except Refused as refusal:
        return ASKED if refusal.code in QUESTIONS else WRONG
    return _on_reading(found, truth)["crs"]


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


def _on_fields(found: Normalised, made: Made) -> str:
    """See that the sender's names were known, and every parcel named as it is."""
    keys = identity_keys(found.parcels, found.identity_fields).tolist()
    is_known = found.evidence["mapping"]["chosen"] == made.mix.names
    return RIGHT if is_known and tuple(keys) == made.keys else WRONG


class Known:
    """A register that holds the parcels of a mix where they truly are."""

    def __init__(self, made: Made) -> None:
        self._places = dict(zip(made.keys, made.geoms, strict=True))

    def by_key(self, keys: Sequence[str]) -> list[tuple[str, int, Any]]:
        """Answer the parcels that these keys name."""
        return [(key, GRID, self._places[key]) for key in keys if key in self._places]

    def around(
        self,
        box_3857: tuple[float, float, float, float],  # noqa: ARG002 - they all are around
        limit: int,
    ) -> list[tuple[int, Any]]:
        """Answer the parcels near a box."""
        return [(GRID, geom) for geom in self._places.values()][:limit]


def _on_shift(found: Normalised, made: Made, cause: str) -> str:
    """See that a register with these parcels tells the mistake by its shift, or that none is."""
    shift_findings(found, VN_80, Known(made))
    evidence = found.evidence.get("shift")
    if evidence is None or evidence["chosen"] == UNKNOWN:
        return ASKED
    return RIGHT if evidence["chosen"] == cause else WRONG


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
