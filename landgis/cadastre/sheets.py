"""Where a sheet of the cadastral map lies, as its code says.

Circular 25/2014/TT-BTNMT (class A, domain B3): sheets are squares in the plane of the local
meridian. The code begins with the kilometres of the north-west corner, the north (X) before the
east (Y), three digits each: of a north of 1 250 km these are ``250``. A sheet of 1:2000 is a
square kilometre of a sheet of 1:5000, counted from the north-west along the rows; sheets of 1:1000
(``a`` to ``d``), 1:500 (``(1)`` to ``(16)``) and 1:200 (1 to 100) divide one of 1:2000 so.

==================  ==========
``10-728494``       1:10000
``725497``          1:5000
``725497-6``        1:2000
``725497-6-a``      1:1000
``725497-6-(11)``   1:500
``725497-6-25``     1:200
==================  ==========
"""

import re
from typing import NamedTuple

NOMENCLATURES = ("vn-25-2014",)
"""Names of the ways of coding sheets that are known."""

KM = 1000.0
NORTHS_REPEAT_M = 1000 * KM
"""Three digits of kilometres: the same code stands for places so far apart."""

EASTS_KM = range(200, 801)
"""Kilometres that occur in a plane with the false easting of 500 km; other digits are no code."""


class Frame(NamedTuple):
    """A sheet's square in the plane of the local meridian."""

    scale: int
    """Denominator of the map scale."""

    west: float
    north: float
    """Of its corners, metres; the north is known but for whole thousands of kilometres."""

    side: float
    """Metres."""


_SEPARATOR = r"[\s._/–-]+"
_CODE = re.compile(
    rf"(?P<ten>10(?:{_SEPARATOR})?)?(?P<north>\d{{3}})(?:{_SEPARATOR})?(?P<east>\d{{3}})"
    rf"(?:{_SEPARATOR}(?P<square>[1-9])"
    rf"(?:(?:{_SEPARATOR})?(?P<letter>[a-d])"
    rf"|(?:{_SEPARATOR})?\((?P<bracket>\d{{1,2}})\)"
    rf"|{_SEPARATOR}(?P<plain>\d{{1,3}}))?)?",
    re.IGNORECASE,
)


def frames_of(code: str) -> tuple[Frame, ...]:
    """Answer the frame that a sheet's code means, none for a plain number or another text.

    A last number up to 16 without brackets is meant as one of 1:200, and often one of 1:500 whose
    brackets were lost: both are answered.
    """
    found = _CODE.fullmatch(code.strip())
    if found is None or int(found["east"]) not in EASTS_KM:
        return ()
    north, west = int(found["north"]) * KM, int(found["east"]) * KM
    if found["ten"]:
        return () if found["square"] else (Frame(10_000, west, north, 6 * KM),)
    sheet = Frame(5_000, west, north, 3 * KM)
    if found["square"]:
        sheet = _part(sheet, 2_000, 3, int(found["square"]))
    if found["letter"]:
        return (_part(sheet, 1_000, 2, ord(found["letter"].lower()) - ord("a") + 1),)
    if found["bracket"]:
        return _parts(sheet, int(found["bracket"]), (500, 4))
    if found["plain"]:
        return _parts(sheet, int(found["plain"]), (200, 10), (500, 4))
    return (sheet,)


def _parts(sheet: Frame, number: int, *divisions: tuple[int, int]) -> tuple[Frame, ...]:
    return tuple(
        _part(sheet, scale, across, number)
        for scale, across in divisions
        if 1 <= number <= across * across
    )


def _part(sheet: Frame, scale: int, across: int, number: int) -> Frame:
    """Answer one of the squares into which a sheet is divided, counted along its rows."""
    row, column = divmod(number - 1, across)
    side = sheet.side / across
    return Frame(scale, sheet.west + column * side, sheet.north - row * side, side)
