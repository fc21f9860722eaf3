"""Which column of a layer is the code of a unit, which its name, and of which level it is.

Names of such columns differ from office to office; codes and names of units do not.
"""

import unicodedata
from collections.abc import Mapping
from typing import Any, NamedTuple

from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.parcels import Column
from landgis.cadastre.units import Unit
from landgis.errors import Refused
from landgis.ingest.encodings import SAMPLES_SHOWN
from landgis.ingest.evidence import both, decision
from landgis.ingest.profile import clean_code
from landgis.ingest.raw import RawLayer

MOST = 0.5
"""A column is of a level, or the name, when more than this share of its values is (own choice)."""

SPELT_OTHERWISE = 0.9
FORMER, ABOVE = "former", "above"


class CodeColumn(NamedTuple):
    """The column with the codes."""

    name: str
    level: dict[str, Any]
    """Evidence: of which level the units are."""


def code_column(raw: RawLayer, jurisdiction: Jurisdiction) -> CodeColumn:
    """Answer the column whose values are codes of units in force.

    Raises
    ------
    Refused
        ``no_units``: the jurisdiction lists none; ``units_of_other_level``: they are provinces,
        or units of before; ``units_not_recognised``: no column holds codes that are known.
    """
    levels = _levels(jurisdiction)
    shares = {
        (name, level): _share(values, codes)
        for name, values in raw.columns.items()
        for level, codes in levels.items()
    }
    # Old codes live on in new units: of equal columns the level in force counts, it comes first.
    (name, level), share = max(shares.items(), key=lambda found: found[1], default=(("", ""), 0.0))
    if share <= MOST:
        raise Refused(
            "units_not_recognised",
            f"{raw.name}: no column holds codes of units of {jurisdiction.code}; its columns are "
            f"{', '.join(raw.columns)}",
        )
    if level in {FORMER, ABOVE}:
        what = {FORMER: "units that are no more in force", ABOVE: "units of the level above"}
        raise Refused(
            "units_of_other_level",
            f"{raw.name}: column {name} holds {what[level]} ({share:.0%} of the rows); wanted are "
            f"those in force: {next(iter(levels))}",
            column=name,
        )
    candidates = [{"value": other, "score": round(shares[name, other], 4)} for other in levels]
    reason = both(
        f"{share:.0%} giá trị của {name} là mã đơn vị đang có hiệu lực.",
        f"{share:.0%} of the values of {name} are codes of units in force.",
    )
    return CodeColumn(name, decision(level, reason, candidates=candidates, score=round(share, 4)))


def name_column(
    attributes: Mapping[str, Column], codes: Column, units: Mapping[str, Unit]
) -> str | None:
    """Answer the column that names the units, spelt as it may be; None: there is none."""
    known = [units[code].name if code in units else None for code in codes.tolist()]
    best, found = MOST, None
    for name, values in attributes.items():
        if values.dtype != object or not len(values):
            continue
        alike = sum(_likeness(v, n) for v, n in zip(values.tolist(), known, strict=True))
        if alike / len(values) > best:
            best, found = alike / len(values), name
    return found


def name_evidence(column: str, values: Column) -> dict[str, Any]:
    """Answer why a column is the name of the units, in the form of every other field."""
    reason = both(
        f"{column}: giá trị là tên đơn vị trong danh mục.",
        f"{column}: its values are names of units in the list.",
    )
    return decision(column, reason, samples=[str(v) for v in values[:SAMPLES_SHOWN]])


def in_force(jurisdiction: Jurisdiction) -> dict[str, Unit]:
    """Answer the units in force by their codes."""
    return {unit.code: unit for unit in jurisdiction.units if unit.valid_to is None}


def _levels(jurisdiction: Jurisdiction) -> dict[str, set[str]]:
    units = in_force(jurisdiction)
    if not units:
        raise Refused(
            "no_units",
            f"The jurisdiction {jurisdiction.code} lists no units, so outlines belong to nothing",
        )
    kinds = "/".join(sorted({unit.kind for unit in units.values()}))
    return {
        kinds: set(units),
        FORMER: {step.old_code for step in jurisdiction.successions} - set(units),
        ABOVE: {unit.parent_code for unit in units.values()},
    }


def _share(values: Column, codes: set[str]) -> float:
    """Answer which part of the values are codes."""
    if not len(values) or values.dtype.kind not in "OifU":
        return 0.0
    found = [clean_code(value) for value in values.tolist()]
    return sum(code in codes for code in found) / len(found)


def _likeness(said: Any, name: str | None) -> float:
    """Answer how much a value is the name of a unit, from 0 to 1."""
    if not isinstance(said, str) or name is None:
        return 0.0
    mine, theirs = _plain(said), _plain(name)
    # "Tân Biên" for "Xã Tân Biên": the kind of a unit is often a column of its own.
    near = mine == theirs or theirs.endswith(f" {mine}")
    return 1.0 if said == name else SPELT_OTHERWISE * near


def _plain(name: str) -> str:
    """Answer a name without case and accents: where a tone is put differs by school."""
    bare = unicodedata.normalize("NFD", name.casefold().replace("đ", "d"))
    return "".join(char for char in bare if char.isalnum() or char == " ").strip()
