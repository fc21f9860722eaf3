"""The findings of one report in the plane they are drawn in, and what lies around them."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis import geodesy
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.documents.frame import Bounds, finite_bounds, together
from landgis.documents.geojson import shapes_of
from landgis.documents.shown import ImportReport

REACH_M = 500.0
"""A finding at least this near to the accepted parcels is on the map with them."""

FAR = 5.0
"""Times as far from the middle as half of the findings: such a one is not on the map."""

COMMUNE_M = 5000.0
"""How far from each other the findings of one commune commonly lie."""

SEVERITIES = ("block", "error", "warning", "info")
"""The worst first."""


@dataclass(frozen=True)
class Placed:
    """A finding with its place in the plane of the drawing."""

    no: int
    severity: str
    xy: tuple[float, float]
    rows: tuple[int, ...]
    shape: Any = None
    """The line or area that is wrong; None: nothing but the place."""


@dataclass(frozen=True)
class Scene:
    """Everything a map of findings shows, in one plane measured in metres."""

    epsg: int
    """Plane of the survey."""

    drawn_epsg: int
    """Plane of the drawing: the survey plane, Web Mercator where that is in degrees."""

    metres: float
    """Metres on the ground per unit of the drawing's plane."""

    placed: tuple[Placed, ...]
    shapes: NDArray[Any]
    """Geometry of each row of ``report.concerned``; empty when the rows are not at hand."""

    outlines: tuple[tuple[str, Any], ...]
    """Name and outline of the units that the map shows a part of."""

    extent: Bounds | None
    """Of the accepted parcels."""

    focus: Bounds
    """What the map must hold; findings may lie beyond it."""


def scene(report: ImportReport, jurisdiction: Jurisdiction, lang: str) -> Scene | None:
    """Answer what is to be drawn of a report; None when nothing in it has a place."""
    native = [f["place_native"] for f in report.findings if f["place_native"]]
    if not native:
        return None
    epsg = int(native[0]["srid"])
    drawn = geodesy.WEB_MERCATOR if geodesy.plane(epsg).is_geographic else epsg
    placed = _placed(report, drawn)
    if not placed:
        return None
    extent = _extent(report, drawn)
    focus = _focus(placed, extent)
    found = Scene(
        epsg=epsg,
        drawn_epsg=drawn,
        metres=1.0 if drawn == epsg else _mercator_metres(focus),
        placed=placed,
        shapes=_shapes(report, epsg, drawn),
        outlines=_outlines(focus, drawn, jurisdiction, lang),
        extent=extent,
        focus=focus,
    )
    return replace(found, focus=_with_shapes(found, report))


def _placed(report: ImportReport, epsg: int) -> tuple[Placed, ...]:
    """Answer the findings that have a place, in the plane of the drawing."""
    numbered = [(no, f) for no, f in enumerate(report.findings, 1) if f["place_native"]]
    xy = np.full((len(numbered), 2), np.nan)
    srids = np.array([f["place_native"]["srid"] for _, f in numbered])
    native = np.array([f["place_native"]["xy"] for _, f in numbered], dtype=np.float64)
    for srid in np.unique(srids).tolist():
        at = srids == srid
        east, north = native[at].T
        xy[at] = np.column_stack(geodesy.transform_xy(east, north, srid, epsg))
    shapes = shapes_of([f["shape"] for _, f in numbered])
    shapes = geodesy.transform(shapes, geodesy.LONLAT, epsg)
    return tuple(
        Placed(no, f["severity"], (place[0], place[1]), tuple(f["rows"]), shape)
        for (no, f), place, shape in zip(numbered, xy.tolist(), shapes.tolist(), strict=True)
        if np.isfinite(place).all()
    )


def _extent(report: ImportReport, epsg: int) -> Bounds | None:
    said = report.document["evidence"].get("extent")
    if said is None:
        return None
    return finite_bounds(
        np.array([geodesy.transform(shapely.box(*said["bounds"]), said["srid"], epsg)])
    )


def _mercator_metres(focus: Bounds) -> float:
    middle = np.array([(focus[1] + focus[3]) / 2])
    _, lat = geodesy.transform_xy(np.zeros(1), middle, geodesy.WEB_MERCATOR, geodesy.LONLAT)
    return float(np.cos(np.radians(lat[0])))


def _shapes(report: ImportReport, epsg: int, drawn: int) -> NDArray[Any]:
    if report.concerned is None:
        return np.empty(0, dtype=object)
    with np.errstate(invalid="ignore"):  # a coordinate that is no number stays none
        shapes: NDArray[Any] = geodesy.transform(report.concerned.geom, epsg, drawn)
    return shapes


def _focus(placed: tuple[Placed, ...], extent: Bounds | None) -> Bounds:
    """Answer the accepted parcels' extent and every finding that lies near it.

    One parcel on another continent must not shrink the map to a dot. Without accepted parcels
    what is near is measured from the middle of the findings.
    """
    points = np.array([p.xy for p in placed])
    if extent is None:
        away = np.hypot(*(points - np.median(points, axis=0)).T)
        near = away <= max(FAR * float(np.median(away)), COMMUNE_M)
        return together(*((x, y, x, y) for x, y in points[near].tolist()))
    west, south, east, north = extent
    reach = max(east - west, north - south, REACH_M)
    near = (
        (points > [west - reach, south - reach]) & (points < [east + reach, north + reach])
    ).all(axis=1)
    return together(extent, *((x, y, x, y) for x, y in points[near].tolist()))


def _with_shapes(found: Scene, report: ImportReport) -> Bounds:
    """Answer the focus with the whole parcels of the findings that lie in it."""
    west, south, east, north = found.focus
    rows = {
        row
        for p in found.placed
        if west <= p.xy[0] <= east and south <= p.xy[1] <= north
        for row in p.rows
    }
    at = [report.index_of_row[row] for row in rows if row in report.index_of_row]
    reach = max(east - west, north - south, REACH_M)
    bounds = shapely.bounds(found.shapes[at])
    near = (np.abs(bounds - np.array(found.focus)) <= reach).all(axis=1)
    return together(found.focus, *map(tuple, bounds[near].tolist()))


def _outlines(
    focus: Bounds, epsg: int, jurisdiction: Jurisdiction, lang: str
) -> tuple[tuple[str, Any], ...]:
    if not jurisdiction.outlines:
        return ()
    names = {u.code: u.name_en if lang == "en" else u.name for u in jurisdiction.units}
    around = geodesy.transform(shapely.box(*focus), epsg, geodesy.LONLAT)
    return tuple(
        (names.get(code, code), geodesy.transform(outline, geodesy.LONLAT, epsg))
        for code, outline in jurisdiction.outlines.items()
        if shapely.intersects(outline, around)
    )
