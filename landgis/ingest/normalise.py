"""From a layer as found to parcels in our words, with the evidence of every decision."""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.landuse import LandUseTable
from landgis.cadastre.parcels import Column, ParcelSet, no_text
from landgis.cadastre.profiles import PERSONAL_NUMBER, STATED
from landgis.ingest import encodings
from landgis.ingest.evidence import Choices, mapping_evidence
from landgis.ingest.identity import Identity, Telling, identify
from landgis.ingest.placing import NORTH_EAST, Reading, sample
from landgis.ingest.profile import FieldMapping, choose, clean_code
from landgis.ingest.raw import RawLayer, UnreadableRow
from landgis.ingest.survey_plane import choose_plane
from landgis.ingest.text_encoding import TextEncoding, choose_encoding
from landgis.ingest.use_shares import shares_of
from landgis.ingest.value_patterns import looks_of

_DIGIT, _LETTER = re.compile(r"\d"), re.compile(r"[^\W\d_]")
CODE_TARGETS = ("unit_code", "sheet", "number", "old_unit_code", "old_sheet", "old_number")


@dataclass(frozen=True)
class Understanding:
    """How a layer is to be read: decided once, then the same for all its rows."""

    mapping: FieldMapping
    codecs: TextEncoding | None
    """None: its text is text already."""

    reading: Reading
    unit_code: str | None
    """Unit of every row, whatever their fields say; None: as they say."""

    identity: Identity
    evidence: dict[str, Any]


@dataclass(frozen=True)
class Normalised:
    """Rows of a layer in our words."""

    parcels: ParcelSet
    unreadable: tuple[UnreadableRow, ...]
    """Rows the reader could not read, and rows whose geometry could not be built."""

    evidence: dict[str, Any]
    identity_fields: tuple[str, ...]
    attributes: dict[str, Column]
    """Attribute columns as found, decoded; aligned with ``raw.rows``."""

    raw: RawLayer
    stated: dict[str, Column]
    """Target -> texts of the parcels, of those targets that no parcel keeps."""


def normalise(raw: RawLayer, jurisdiction: Jurisdiction, choices: Choices) -> Normalised:
    """Answer a layer that is wholly in memory in our words: ``understand``, then do it."""
    return in_our_words(raw, understand(raw, jurisdiction, choices), jurisdiction)


def understand(
    raw: RawLayer,
    jurisdiction: Jurisdiction,
    choices: Choices,
    whole: Telling | None = None,
) -> Understanding:
    """Decide how a layer is to be read.

    Parameters
    ----------
    raw
        The layer, or of a large one a sample.
    whole
        The layer that ``raw`` is a sample of; None: ``raw`` is all of it.

    Raises
    ------
    Refused, UsageError
        When encoding, coordinate system or fields cannot be decided.
    """
    mapping = choose(
        raw.columns,
        jurisdiction.profiles,
        choices.profile,
        dict(choices.fields),
        looks_of(jurisdiction),
    )
    codecs, encoding = choose_encoding(raw, mapping, choices, jurisdiction)
    attributes = _decoded(raw, codecs)
    fixed_unit = choices.unit or mapping.profile.unit_code
    codes = _all_codes(raw, mapping, attributes, fixed_unit)
    found, _ = _geometries(raw)
    points = sample(found, codes["unit_code"], codes["old_unit_code"], jurisdiction)
    chosen = choose_plane(raw, points, mapping, choices, jurisdiction)
    identity = identify(codes, mapping, attributes, jurisdiction, whole)
    evidence = {
        "crs": chosen.crs,
        "encoding": encoding,
        "axis_order": chosen.axis_order,
        "mapping": {
            **mapping_evidence(mapping, attributes, choices),
            "identity": list(identity.fields),
            "identity_column": identity.column,
        },
        "notes": [{"code": n.code, "message": n.message} for n in (*raw.notes, *chosen.notes)],
    }
    return Understanding(mapping, codecs, chosen.reading, fixed_unit, identity, evidence)


def in_our_words(
    raw: RawLayer, understood: Understanding, jurisdiction: Jurisdiction
) -> Normalised:
    """Decode, map and measure out rows as it was decided; the vertices stay bit for bit."""
    attributes = _decoded(raw, understood.codecs)
    mapping, column = understood.mapping, understood.identity.column
    codes = _all_codes(raw, mapping, attributes, understood.unit_code)
    if column is not None:
        codes["number"] = _codes(attributes[column], len(raw.rows))
    found, broken = _geometries(raw)
    geoms = _turned(found, understood.reading)
    epsg = understood.reading.epsg
    parcels = _parcels(raw, epsg, geoms, mapping, attributes, codes, jurisdiction.land_uses)
    stated = _stated(mapping, attributes, len(raw.rows))
    unreadable = tuple(sorted((*raw.unreadable, *broken), key=lambda row: row.row))
    if broken:
        built = ~np.isin(raw.rows, [row.row for row in broken])
        parcels = parcels.take(built)
        stated = {target: values[built] for target, values in stated.items()}
    fields = understood.identity.fields
    return Normalised(parcels, unreadable, understood.evidence, fields, attributes, raw, stated)


def _stated(mapping: FieldMapping, attributes: dict[str, Column], n: int) -> dict[str, Column]:
    stated = {
        target: _codes(mapping.values(target, attributes), n)
        for target in STATED
        if target in mapping.columns
    }
    if mapping.personal_number is not None:
        stated[PERSONAL_NUMBER] = _forms(_codes(attributes[mapping.personal_number], n))
    return stated


def _forms(texts: Column) -> Column:
    """Answer texts with 0 for every digit and x for every letter: what nobody may read is gone."""
    forms = {text: text and _LETTER.sub("x", _DIGIT.sub("0", text)) for text in set(texts)}
    return np.array([forms[text] for text in texts], dtype=object)


def attributes_of(raw: RawLayer, understood: Understanding) -> dict[str, Column]:
    """Answer the attributes of rows as found, decoded; of rows that could not be read, too."""
    return _decoded(raw, understood.codecs)


def _decoded(raw: RawLayer, codecs: TextEncoding | None) -> dict[str, Column]:
    if codecs is None:
        return {name: _storable(values) for name, values in raw.columns.items()}
    return {
        name: encodings.decode(values, codecs.of(name)).values if values.dtype == object else values
        for name, values in raw.columns.items()
    }


def _storable(values: Column) -> Column:
    """Replace what PostgreSQL's text cannot hold: NUL, halves of surrogate pairs."""
    if values.dtype != object:
        return values
    return np.array([_storable_text(v) if isinstance(v, str) else v for v in values], dtype=object)


def _storable_text(text: str) -> str:
    if "\0" not in text and text.isascii():
        return text
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def _geometries(raw: RawLayer) -> tuple[Column, list[UnreadableRow]]:
    """Build geometries; WKB that cannot be built is an unreadable row, never an exception."""
    geoms = shapely.from_wkb(raw.wkb, on_invalid="ignore")
    failed = shapely.is_missing(geoms) & np.array([w is not None for w in raw.wkb], dtype=bool)
    broken = [
        UnreadableRow(int(row), "bad_geometry", f"Row {row}: its geometry cannot be built")
        for row in raw.rows[failed]
    ]
    return (shapely.force_2d(geoms) if shapely.has_z(geoms).any() else geoms), broken


def _turned(geoms: Column, reading: Reading) -> Column:
    """Exchange the coordinates of a file that writes north first; the numbers stay bit for bit."""
    if reading.axis_order != NORTH_EAST:
        return geoms
    turned: Column = shapely.transform(geoms, lambda xy: xy[:, ::-1])
    return turned


def _all_codes(
    raw: RawLayer, mapping: FieldMapping, attributes: dict[str, Column], fixed_unit: str | None
) -> dict[str, Column]:
    n = len(raw.rows)
    codes = {target: _codes(mapping.values(target, attributes), n) for target in CODE_TARGETS}
    if fixed_unit is not None:
        codes["unit_code"] = np.full(n, fixed_unit, dtype=object)
    return codes


def _parcels(
    raw: RawLayer,
    epsg: int,
    geoms: Column,
    mapping: FieldMapping,
    attributes: dict[str, Column],
    codes: dict[str, Column],
    land_uses: LandUseTable,
) -> ParcelSet:
    n = len(raw.rows)
    areas = _numbers(mapping.values("register_area_m2", attributes), n)
    return ParcelSet(
        survey_epsg=epsg,
        row=raw.rows,
        geom=geoms,
        land_uses=_uses(mapping, attributes, areas, land_uses),
        register_area_m2=areas,
        address=_codes(mapping.values("address", attributes), n),
        **codes,
    )


def _codes(values: Column | None, n: int) -> Column:
    if values is None:
        return no_text(n)
    different = set(values.tolist()) - {None}
    if values.dtype == object and _are_codes("".join(different)):
        return values
    known = {value: clean_code(value) for value in different | {None}}
    return np.array([known[value] for value in values.tolist()], dtype=object)


def _are_codes(together: str) -> bool:
    """Answer whether ``clean_code`` would leave all texts of a column as they are."""
    return together.isascii() and together.isalnum()


def _numbers(values: Column | None, n: int) -> NDArray[np.float64]:
    """Answer numbers; text that is no number, zero and negative areas are unknown: NaN."""
    if values is None:
        return np.full(n, np.nan)
    if values.dtype == object:
        numbers = np.array([_number(v) for v in values], dtype=np.float64)
    else:
        numbers = values.astype(np.float64)
    return np.where(numbers > 0, numbers, np.nan)


def _number(value: object) -> float:
    try:
        return float(str(value).strip().replace(",", "."))
    except ValueError:
        return float("nan")


def _uses(
    mapping: FieldMapping,
    attributes: dict[str, Column],
    areas: NDArray[np.float64],
    land_uses: LandUseTable,
) -> Column:
    """Answer the land uses with what each takes of the parcel, where that is said."""
    uses = np.empty(len(areas), dtype=object)
    values = mapping.values("land_use", attributes)
    if values is None:
        uses[:] = [()] * len(areas)
        return uses
    words = mapping.profile.land_use
    texts = _codes(values, len(areas)).tolist()
    known = {text: land_uses.parse(words.get(text, text) if text else None) for text in set(texts)}
    stated = _codes(mapping.values("use_areas", attributes), len(areas)).tolist()
    for i, (text, area, said) in enumerate(zip(texts, areas.tolist(), stated, strict=True)):
        uses[i] = shares_of(known[text], area, said)
    return uses
