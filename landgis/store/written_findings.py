"""Findings on their way between their documents and the tables; what many share is kept once."""

from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection

from landgis.cadastre.findings import subject_of
from landgis.store.copying import Column, Same, copy_columns

WORDS = ("title", "remedy", "basis")
"""Members that findings of one kind share, beside the three that are columns."""

SHARED = ("rule", "severity", "outcome")

OWN = (
    *("message", "place_native", "shape", "measured", "limit", "unit"),
    *("rows", "keys", "parcels", "fixes"),
)
"""Members that each finding has for itself; ``id`` and ``place`` are columns."""


def write_findings(
    connection: Connection, batch_id: UUID, documents: Sequence[dict[str, Any]]
) -> None:
    """Write what was found in a batch, in the order of its report."""
    kinds, kind_of = _kinds(documents)
    counted = Counter(kind_of)
    batch = Same("batch_id", "uuid", batch_id)
    shared: list[Column | Same] = [
        batch,
        Column("kind", "int4", range(len(kinds))),
        *(Column(name, "text", [kind[name] for kind in kinds]) for name in SHARED),
        Column("words", "jsonb", [{name: kind[name] for name in WORDS} for kind in kinds]),
        Column("findings", "int4", [counted[number] for number in range(len(kinds))]),
    ]
    copy_columns(connection, ("finding_kinds",), shared, len(kinds))
    points = [d["place"]["coordinates"] if d["place"] else (None, None) for d in documents]
    columns: list[Column | Same] = [
        batch,
        Column("position", "int4", range(len(documents))),
        Column("finding_id", "text", [d["id"] for d in documents]),
        *(Column(name, "text", [d[name] for d in documents]) for name in SHARED),
        Column("body", "jsonb", [{name: d[name] for name in OWN} for d in documents]),
        Column("kind", "int4", kind_of),
        Column("subject", "text", [subject_of(d["rule"], d["keys"], d["rows"]) for d in documents]),
        Column("lon", "float8", [lon for lon, _ in points]),
        Column("lat", "float8", [lat for _, lat in points]),
        Column("measured", "float8", [d["measured"] for d in documents]),
    ]
    copy_columns(connection, ("findings",), columns, len(documents))


def _kinds(documents: Sequence[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[int]]:
    """Answer a document of each kind, and the kind of every document."""
    kinds: list[dict[str, Any]] = []
    numbers: dict[bytes, int] = {}
    # Nearly all words are the very objects of their rule: these are compared once.
    seen: dict[tuple[Any, ...], int] = {}
    kind_of = []
    for document in documents:
        same = (*(document[n] for n in SHARED), *(id(document[n]) for n in WORDS))
        if same not in seen:
            body = orjson.dumps([document[n] for n in (*SHARED, *WORDS)])
            if body not in numbers:
                numbers[body] = len(kinds)
                kinds.append(document)
            seen[same] = numbers[body]
        kind_of.append(seen[same])
    return kinds, kind_of


def document_of(found: Any, words: dict[str, Any]) -> dict[str, Any]:
    """Answer the document of a finding that was read with its acceptance.

    ``words`` are those of its kind; a finding of an early batch has them in its own body.
    """
    place = None
    if found.lon is not None:
        place = {"type": "Point", "coordinates": [found.lon, found.lat]}
    accepted = None
    if found.by is not None:
        accepted = {"by": found.by, "at": found.at.isoformat(), "why": found.why}
    own = {"shape": None, "keys": [], **orjson.loads(found.body)}
    shared = {**words, **own}
    return {
        "id": found.finding_id,
        **{name: getattr(found, name) for name in SHARED},
        "title": shared["title"],
        "message": own["message"],
        "remedy": shared["remedy"],
        "place": place,
        "place_native": own["place_native"],
        "shape": own["shape"],
        "measured": own["measured"],
        "limit": own["limit"],
        "unit": own["unit"],
        "basis": shared["basis"],
        "batch_id": str(found.batch_id),
        "rows": own["rows"],
        "keys": own["keys"],
        "parcels": own["parcels"],
        "fixes": own["fixes"],
        "acceptance": accepted,
    }
