"""Small tables that people send as CSV: UTF-8, a heading, commas or semicolons."""

import csv
import io
from collections.abc import Iterator

from landgis.errors import Refused


def csv_rows(content: bytes, needed: str) -> Iterator[dict[str, str]]:
    """Give the rows of a table as column -> cell; rows without any content are left out.

    Parameters
    ----------
    needed
        The column without which it is another table.

    Raises
    ------
    Refused
        ``bad_body``.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise Refused("bad_body", f"The table is not UTF-8: {problem}") from problem
    heading = text.partition("\n")[0]
    delimiter = ";" if heading.count(";") > heading.count(",") else ","
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=delimiter, strict=True))
    except csv.Error as problem:
        raise Refused("bad_body", f"The table is no CSV: {problem}") from problem
    names = [name.strip().lower() for name in rows[0]] if rows else []
    if needed not in names:
        raise Refused(
            "bad_body",
            f"The first line must name the columns, {needed} among them, not {heading[:80]!r}",
        )
    if any(len(cells) > len(names) for cells in rows[1:]):
        raise Refused("bad_body", f"A row has more cells than the heading's {len(names)}")
    return (dict(zip(names, cells, strict=False)) for cells in rows[1:] if any(cells))
