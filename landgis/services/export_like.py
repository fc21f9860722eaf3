"""The register in the form of a file that was sent: its fields, order, names, encoding, plane.

A fact that has not changed since is written in the sender's own words, a changed one in ours, laid
into the sender's field. Fields about persons stay empty: the register holds no such thing.
"""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from pathlib import PurePath
from typing import Any

from landgis.cadastre.batches import Batch
from landgis.cadastre.exports import (
    Contents,
    ExportBlock,
    FileField,
    Sent,
    own_fields,
    uses_text,
)
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.profiles import Profile
from landgis.errors import Conflict, Refused
from landgis.ingest.placing import NORTH_EAST
from landgis.services.export_ports import SentRows
from landgis.services.exported_shape import LAYER, Shape, TargetPlane

TENTHS = 1
"""Decimals of an area that was measured, as maps state it."""

FACT = {"land_use": "land_uses", "use_areas": "land_uses"}
"""Target -> the fact that it tells of, where that has another name."""

Facts = Mapping[str, Any]
Write = Callable[[Facts], Any]


def plane_of(batch: Batch) -> TargetPlane:
    """Answer the plane and the order of coordinates that a batch was in.

    Raises
    ------
    Conflict
        ``batch_not_understood``: it was never read to its end.
    """
    if batch.survey_epsg is None or "mapping" not in batch.evidence:
        raise Conflict(
            "batch_not_understood",
            f"Batch {batch.batch_id} is {batch.status}: nobody knows its form; name one that was "
            "staged or published",
        )
    order = batch.evidence["axis_order"]["chosen"]
    return TargetPlane(batch.survey_epsg, is_north_first=order == NORTH_EAST)


def like_shape(
    batch: Batch, rows: SentRows, contents: Contents, jurisdiction: Jurisdiction
) -> Shape:
    """Answer the form of a batch's file."""
    mapping = batch.evidence["mapping"]
    profile = next(p for p in jurisdiction.profiles if p.name == mapping["chosen"])
    fields = rows.raw_fields(batch.batch_id)
    form = _Form(fields, mapping, profile)
    own = {field.name: field.width for field in own_fields(contents.planes)}
    encoding = batch.evidence["encoding"]
    columns = encoding.get("columns", {})
    shaped = [
        field._replace(
            width=max(field.width, own.get(form.single.get(field.name, ""), 1)),
            encoding=columns.get(field.name, encoding)["chosen"],
        )
        for field in fields
    ]

    def told(block: ExportBlock) -> list[Sequence[Any]]:
        sent = sorted({one.row for one in block.sent if one is not None})
        raw = rows.raw(batch.batch_id, sent)
        known = dict(zip(raw.rows, raw.attributes, strict=True))
        return form.columns(block, known)

    name = batch.options.get("layer") or PurePath(batch.file_name).stem or LAYER
    return Shape(shaped, told, name, tuple(mapping["personal"]), form.unread)


class _Form:
    """The fields of a file, and what stands in each."""

    def __init__(
        self, fields: Sequence[FileField], mapping: Mapping[str, Any], profile: Profile
    ) -> None:
        names = {field.name for field in fields}
        self._fields = fields
        self._personal = frozenset(mapping["personal"])
        self._writers = _writers(profile)
        self._parts: dict[tuple[str, str], dict[str, Any]] = {}
        chosen = {target: one["chosen"] for target, one in mapping["fields"].items()}
        if (column := mapping.get("identity_column")) is not None:
            chosen["number"] = column
        self.single = {column: target for target, column in chosen.items() if column in names}
        self._joined = {
            column: target
            for target, together in chosen.items()
            if together not in names
            for column in together.split("+")
        }

    @property
    def unread(self) -> tuple[str, ...]:
        """Answer the fields that were never looked at, so that somebody does before they go on."""
        known = {*self.single, *self._joined, *self._personal}
        return tuple(field.name for field in self._fields if field.name not in known)

    def columns(
        self, block: ExportBlock, known: Mapping[int, Mapping[str, Any]]
    ) -> list[Sequence[Any]]:
        """Answer the values of every field for some parcels."""
        told = zip(*block.facts.values(), strict=True)
        facts = [dict(zip(block.facts, values, strict=True)) for values in told]
        rows = [
            self._row(fact, one, {} if one is None else known.get(one.row, {}))
            for fact, one in zip(facts, block.sent, strict=True)
        ]
        return [list(column) for column in zip(*rows, strict=True)]

    def _row(self, facts: Facts, sent: Sent | None, attributes: Mapping[str, Any]) -> list[Any]:
        for target in set(self._joined.values()):
            self._learn(target, facts, sent, attributes)
        return [self._cell(field, facts, sent, attributes) for field in self._fields]

    def _cell(
        self, field: FileField, facts: Facts, sent: Sent | None, attributes: Mapping[str, Any]
    ) -> Any:
        if field.name in self._personal:
            return None
        if (target := self._joined.get(field.name)) is not None:
            return self._parts.get((target, facts[target]), {}).get(field.name)
        target = self.single.get(field.name)
        if target not in self._writers or _is_as_sent(target, facts, sent):
            return attributes.get(field.name)
        return _fitted(self._writers[target](facts), field, facts)

    def _learn(
        self, target: str, facts: Facts, sent: Sent | None, attributes: Mapping[str, Any]
    ) -> None:
        """Remember of what pieces the sender joins a name: a new parcel of the sheet has them."""
        if _is_as_sent(target, facts, sent):
            pieces = {c: attributes.get(c) for c, t in self._joined.items() if t == target}
            self._parts[target, facts[target]] = pieces


def _is_as_sent(target: str, facts: Facts, sent: Sent | None) -> bool:
    if sent is None:
        return False
    if target == "survey_area_m2":
        return sent.is_same_place
    if target == "national_id":
        return facts["national_id"] is None
    name = FACT.get(target, target)
    return bool(facts[name] == sent.facts[name])


def _writers(profile: Profile) -> dict[str, Write]:
    """Answer how what the register says is written into a sender's field, by target."""
    words = {code: word for word, code in reversed(list(profile.land_use.items()))}

    def land_use(facts: Facts) -> str | None:
        text = uses_text(facts["land_uses"])
        return words.get(text, text) if text else None

    def register_area(facts: Facts) -> float | None:
        area = facts["register_area_m2"]
        return None if area is None else area / profile.area_unit_m2

    def use_areas(facts: Facts) -> str | None:
        areas = [share.area_m2 for share in facts["land_uses"]]
        return None if None in areas else "+".join(map(repr, areas)) or None

    names = ("unit_code", "sheet", "number", "old_unit_code", "old_sheet", "old_number",
             "address", "national_id")  # fmt: skip
    return {
        **{name: itemgetter(name) for name in names},
        "land_use": land_use,
        "use_areas": use_areas,
        "register_area_m2": register_area,
        "survey_area_m2": lambda facts: round(facts["area_m2"], TENTHS),
    }


def _fitted(value: Any, field: FileField, facts: Facts) -> Any:
    """Answer a value as its field holds it.

    Raises
    ------
    Refused
        ``not_a_number``.
    """
    if value is None or field.kind == "text":
        return value if value is None else str(value)
    try:
        return int(value) if field.kind == "integer" else float(value)
    except ValueError:
        raise Refused(
            "not_a_number",
            f"{field.name} of the file holds numbers, and parcel {facts['fid']} has {value!r}; "
            "export without --like",
            field=field.name,
        ) from None
