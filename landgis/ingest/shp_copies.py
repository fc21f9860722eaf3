"""Make our copies of a shapefile readable for GDAL: an index, a place for what is lost."""

import struct
from dataclasses import replace
from pathlib import Path

import numpy as np

from landgis.ingest.dbase import inspect_dbf
from landgis.ingest.shapefile import ShapefileFacts
from landgis.ingest.shp_records import HEADER_BYTES, NOWHERE, RECORD_HEADER_BYTES, TYPE_BYTES

NULL_BYTES = RECORD_HEADER_BYTES + TYPE_BYTES
LENGTH_AT = 24
"""Of the file, in 16-bit words, in the headers of .shp and .shx."""

DBF_COUNT_AT = 4


def complete(shp: Path, facts: ShapefileFacts) -> ShapefileFacts:
    """Write what the copies beside ``shp`` lack and answer the facts of the completed files.

    A missing or wrong .shx is written anew, a wrong count in the .dbf corrected. A lost shape
    becomes a null shape and lost attributes a blank record, so that every row keeps its number;
    that they are lost stays in the facts.
    """
    if facts.lost:
        facts = _fill(shp, facts)
    if not facts.shx_usable:
        write_shx(shp, facts, shp.with_suffix(".shx"))
    if facts.dbf.records != facts.dbf.stated_records:
        _state_count(facts.dbf.path, facts.dbf.records)
    return facts


def write_shx(shp: Path, facts: ShapefileFacts, shx: Path) -> None:
    """Write the index of ``shp`` to ``shx`` from the records that were found."""
    entries = np.empty((facts.records, 2), dtype=">u4")
    entries[:, 0] = facts.offsets // 2
    entries[:, 1] = facts.lengths // 2
    with shp.open("rb") as file:
        head = bytearray(file.read(HEADER_BYTES))
    struct.pack_into(">I", head, LENGTH_AT, (HEADER_BYTES + entries.nbytes) // 2)
    shx.write_bytes(bytes(head) + entries.tobytes())


def _fill(shp: Path, facts: ShapefileFacts) -> ShapefileFacts:
    gone = np.flatnonzero(facts.offsets == NOWHERE)
    begin = shp.stat().st_size + shp.stat().st_size % 2
    nulls = [struct.pack(">IIi", int(k) + 1, TYPE_BYTES // 2, 0) for k in gone]
    with shp.open("r+b") as file:
        file.seek(begin)
        file.write(b"".join(nulls))
        file.seek(LENGTH_AT)
        file.write(struct.pack(">I", (begin + NULL_BYTES * len(gone)) // 2))
    offsets, lengths = facts.offsets.copy(), facts.lengths.copy()
    offsets[gone] = begin + NULL_BYTES * np.arange(len(gone))
    lengths[gone] = TYPE_BYTES
    table = facts.dbf
    missing = facts.records - table.records
    if missing > 0:
        whole = table.header_bytes + table.records * table.record_bytes
        with table.path.open("r+b") as file:
            file.truncate(whole)
            file.seek(whole)
            file.write(b" " * (missing * table.record_bytes))
        _state_count(table.path, facts.records)
        table = inspect_dbf(table.path, table.path.name)
    return replace(facts, offsets=offsets, lengths=lengths, dbf=table)


def _state_count(dbf: Path, records: int) -> None:
    with dbf.open("r+b") as file:
        file.seek(DBF_COUNT_AT)
        file.write(struct.pack("<I", records))
