"""The register read out: parcels of one state, by a cursor of the server, in one snapshot."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    Result,
    Select,
    Text,
    and_,
    case,
    cast,
    false,
    func,
    or_,
    select,
    text,
    true,
)

from landgis.cadastre.exports import (
    COMPARED,
    FACTS,
    TEXTS,
    Contents,
    ExportBlock,
    ExportWanted,
    PlaneShare,
    Sent,
)
from landgis.geodesy import epsg_of, srid
from landgis.store.database import Database
from landgis.store.legal_days import was_still
from landgis.store.parcel_lists import begun
from landgis.store.past_states import in_force, is_hidden
from landgis.store.rows import shares
from landgis.store.tables import parcel_versions, parcels, revisions

BLOCK_ROWS = 4_096
version = parcel_versions.c


class ExportStore:
    """Opens the register for reading it out.

    Parameters
    ----------
    hidden_uses
        Land uses that are left out unless withheld land is asked for.
    """

    def __init__(self, database: Database, hidden_uses: Collection[str]) -> None:
        self._database = database
        self._hidden_uses = hidden_uses

    @contextmanager
    def reading(self, wanted: ExportWanted) -> Iterator["ExportReader"]:
        """Open a state of the register; it stays the same until the block ends."""
        with self._database.begin() as connection:
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
            reader = ExportReader(connection, wanted, self._hidden_uses)
            try:
                yield reader
            finally:
                reader.close()


class ExportReader:
    """The wanted parcels of one state of the register."""

    def __init__(
        self, connection: Connection, wanted: ExportWanted, hidden_uses: Collection[str]
    ) -> None:
        self._connection = connection
        self._open: Result[Any] | None = None
        self._wanted = wanted
        # Live parcels say it themselves; of others it is to be looked for.
        self._hidden = func.coalesce(parcels.c.withheld, is_hidden(hidden_uses))
        known = revisions.c
        when = {datetime: known.committed_at, int: known.revision}.get(type(wanted.as_of))
        newest = select(known.revision, known.committed_at).order_by(known.revision.desc()).limit(1)
        newest = newest if when is None else newest.where(when <= wanted.as_of)
        found = connection.execute(newest).first()
        self._revision: int = 0 if found is None else found.revision
        self._at: datetime | None = None if found is None else found.committed_at

    def close(self) -> None:
        """Give up what is not read to its end."""
        if self._open is not None:
            self._open.close()

    def contents(self) -> Contents:
        """Answer what will be read."""
        planes = self._narrowed(_summary(), withheld=self._wanted.withheld)
        rows = self._connection.execute(planes.group_by(version.survey_srid)).mappings()
        shares_ = sorted((_share(row) for row in rows), key=lambda share: -share.parcels)
        left_out = 0
        if not self._wanted.withheld:
            hidden = self._narrowed(select(func.count()), withheld=True).where(self._hidden)
            left_out = self._connection.execute(hidden).scalar_one()
        return Contents(self._revision, self._at, tuple(shares_), left_out)

    def blocks(self, epsg: int) -> Iterator[ExportBlock]:
        """Answer the parcels of a survey plane by fid, some thousand at a time."""
        query = self._narrowed(_facts(), withheld=self._wanted.withheld)
        if self._wanted.like is not None:
            query = _with_sent(query, self._wanted)
        query = query.where(version.survey_srid == srid(epsg)).order_by(version.fid)
        options = {"stream_results": True, "yield_per": BLOCK_ROWS}
        self._open = self._connection.execute(query, execution_options=options)
        for rows in self._open.partitions():
            block = _block(epsg, rows, is_sent=self._wanted.like is not None)
            yield block if self._wanted.as_of is None else _as_then(block)

    def _narrowed(self, query: Select[Any], *, withheld: bool) -> Select[Any]:
        is_live = and_(
            parcels.c.parcel_id == version.parcel_id, parcels.c.revision == version.revision_from
        )
        query = query.select_from(parcel_versions.outerjoin(parcels, is_live))
        if self._wanted.unit is not None:
            query = query.where(version.unit_code == self._wanted.unit)
        is_so = in_force(self._revision)
        if (day := self._wanted.effective_on) is not None:
            query = query.where(begun(version, day))
            is_so = or_(is_so, was_still(self._revision, day))
        query = query.where(is_so)
        return query if withheld else query.where(~self._hidden)


def _column(name: str) -> ColumnElement[Any]:
    if name == "national_id":
        return parcels.c.national_id
    if name == "revision":
        return version.revision_from
    return cast(version.land_uses, Text) if name == "land_uses" else version[name]


def _facts() -> Select[Any]:
    return select(
        *(_column(name).label(name) for name in FACTS),
        func.ST_AsBinary(version.geom_survey, "NDR").label("wkb"),
    )


def _summary() -> Select[Any]:
    widths = [func.max(func.octet_length(_column(name))).label(name) for name in TEXTS]
    return select(
        version.survey_srid,
        func.count().label("parcels"),
        func.bool_or(func.ST_GeometryType(version.geom_survey) == "ST_MultiPolygon").label("multi"),
        func.max(func.octet_length(cast(version.land_uses, Text))).label("uses"),
        *widths,
    )


def _share(row: Mapping[Any, Any]) -> PlaneShare:
    widths = {name: row[name] or 0 for name in TEXTS}
    # Codes and areas are shorter than the JSON text that holds both.
    widths |= {"land_use": row["uses"] or 0, "use_areas": row["uses"] or 0}
    return PlaneShare(epsg_of(row["survey_srid"]), row["parcels"], row["multi"], widths)


def _with_sent(query: Select[Any], wanted: ExportWanted) -> Select[Any]:
    """Add what the batch last said of each parcel."""
    of = parcel_versions.alias("of_batch")
    same = case(
        (of.c.survey_srid != version.survey_srid, false()),
        else_=of.c.geom_survey.op("~=")(version.geom_survey)
        & func.ST_OrderingEquals(of.c.geom_survey, version.geom_survey),
    )
    sent = (
        select(
            of.c.row_no,
            *(of.c[name] for name in COMPARED if name != "land_uses"),
            cast(of.c.land_uses, Text).label("land_uses"),
            same.label("same"),
        )
        .where(of.c.parcel_id == version.parcel_id, of.c.batch_id == wanted.like)
        .order_by(of.c.revision_from.desc())
        .limit(1)
        .lateral("sent")
    )
    columns = [sent.c[name].label(f"sent_{name}") for name in ("row_no", "same", *COMPARED)]
    return query.add_columns(*columns).outerjoin(sent, true())


def _block(epsg: int, rows: Sequence[Any], *, is_sent: bool) -> ExportBlock:
    columns = list(zip(*rows, strict=True))
    facts: dict[str, Any] = dict(zip(FACTS, columns, strict=False))
    facts["land_uses"] = [shares(orjson.loads(uses)) for uses in facts["land_uses"]]
    sent = [_sent(row) for row in rows] if is_sent else []
    return ExportBlock(epsg, [bytes(wkb) for wkb in columns[len(FACTS)]], facts, sent)


def _as_then(block: ExportBlock) -> ExportBlock:
    """Take away what is not kept by revision: nobody can say what it was then."""
    return replace(block, facts={**block.facts, "national_id": [None] * len(block)})


def _sent(row: Any) -> Sent | None:
    if row.sent_row_no is None:
        return None
    facts = {name: getattr(row, f"sent_{name}") for name in COMPARED}
    facts["land_uses"] = shares(orjson.loads(facts["land_uses"]))
    return Sent(row.sent_row_no, facts, row.sent_same)
