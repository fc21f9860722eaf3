"""Land to edit: shapes in the plane of Tây Ninh, real parcels, lines that are hard to cut along."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import strategies as st
from numpy.typing import NDArray

from landgis.cadastre.changes import SurveyedParcel
from landgis.cadastre.edits import vertices
from landgis.cadastre.parcels import LandUseShare
from landgis.errors import LandgisError
from tests.builders import EPSG

EAST, NORTH = 565_000.0, 1_250_000.0
"""VN-2000 coordinates of Tây Ninh: doubles here are 1.2e-10 and 2.3e-10 m apart."""

SAMPLES = Path(__file__).parents[3] / "data_samples"
DEMO = SAMPLES / "demo-register" / "demo_hoa_thanh_vilis.zip"
EPINAY = SAMPLES / "epinay" / "parcelles_91216_l93_shp.zip"

Points = NDArray[np.float64]


def at(*points: tuple[float, float]) -> Points:
    """Points given in metres from the place."""
    return np.array(points, dtype=float) + np.array([EAST, NORTH])


def plot(*points: tuple[float, float], holes: Sequence[Sequence[tuple[float, float]]] = ()) -> Any:
    """A polygon through points given in metres from the place."""
    return shapely.Polygon(at(*points), [at(*hole) for hole in holes])


def rectangle(x: float, y: float, width: float, height: float) -> Any:
    return plot((x, y), (x + width, y), (x + width, y + height), (x, y + height))


def local(points: Any) -> list[tuple[float, float]]:
    """Points in metres from the place, to 0.1 mm, to be read in a test."""
    return [(round(x - EAST, 4) + 0, round(y - NORTH, 4) + 0) for x, y in np.asarray(points)]


def bits(points: Any) -> set[tuple[float, float]]:
    """Points as a set: equal means equal bit for bit."""
    return {(x, y) for x, y in np.asarray(points).tolist()}


def corners(*geoms: Any) -> set[tuple[float, float]]:
    """Every vertex of every geometry."""
    return set().union(*(bits(vertices(geom)) for geom in geoms))


def code_of(call: Any) -> str:
    """Code of the refusal that a call ends in."""
    with pytest.raises(LandgisError) as refused:
        call()
    assert "\n" not in refused.value.message
    return refused.value.code


@cache
def real(path: Path) -> NDArray[Any]:
    """The valid polygons of a sample, each once."""
    wkb = pyogrio.raw.read(f"/vsizip/{path}", encoding="ISO-8859-1")[2]
    geoms = shapely.from_wkb(wkb)
    geoms = geoms[~shapely.is_missing(geoms) & shapely.is_valid(geoms)]
    return np.asarray(shapely.from_wkb(np.unique(shapely.to_wkb(shapely.normalize(geoms)))))


@cache
def index(path: Path) -> shapely.STRtree:
    return shapely.STRtree(real(path))


def around(path: Path, i: int) -> list[Any]:
    """The parcels that touch a real one."""
    parcels = real(path)
    near = index(path).query(parcels[i], predicate="dwithin", distance=0.01)
    return [parcels[j] for j in sorted(near) if j != i]


@st.composite
def stars(draw: st.DrawFn) -> Any:
    """Concave polygons with up to two holes, some of them touching the outer boundary."""
    radii = draw(st.lists(st.floats(0.15, 1.0), min_size=3, max_size=12))
    size = draw(st.sampled_from([0.8, 6.0, 40.0, 400.0]))
    decimals = draw(st.sampled_from([2, 3, 9]))
    turn = np.linspace(0, 2 * np.pi, len(radii), endpoint=False) + draw(st.floats(0, 0.4))
    ring = np.round(at((0, 0)) + size * np.array(radii)[:, None] * _way(turn), decimals)
    shape = shapely.Polygon(ring)
    for _ in range(draw(st.integers(0, 2))):
        middle = at((draw(st.floats(-0.4, 0.4)) * size, draw(st.floats(-0.4, 0.4)) * size))
        hole = np.round(middle + 0.15 * size * _way(np.linspace(0, 5, draw(st.integers(3, 5)))), 3)
        if draw(st.booleans()):
            hole[0] = ring[draw(st.integers(0, len(ring) - 1))]
        with_hole = shapely.Polygon(shape.exterior, [*shape.interiors, hole])
        shape = with_hole if with_hole.is_valid else shape
    return shape if shape.is_valid and shape.area > 0 else rectangle(0, 0, size, size)


@st.composite
def multiparts(draw: st.DrawFn) -> Any:
    """Parcels of two parts side by side."""
    left, right = draw(stars()), draw(stars())
    step = np.array([left.bounds[2] - right.bounds[0] + draw(st.sampled_from([0.5, 20.0])), 0])
    return shapely.MultiPolygon([left, shapely.transform(right, lambda xy: xy + step)])


@st.composite
def real_parcels(draw: st.DrawFn) -> Any:
    """Parcels of people: of Épinay, and the same turned and rounded in the plane of Tây Ninh."""
    parcels = real(draw(st.sampled_from([DEMO, EPINAY])))
    return parcels[draw(st.integers(0, len(parcels) - 1))]


POLYGONS = stars() | real_parcels().filter(lambda geom: geom.geom_type == "Polygon")
SHAPES = stars() | multiparts() | real_parcels()

AIMS = ("vertex", "near vertex", "edge", "near edge", "anywhere", "anywhere", "beyond")


@st.composite
def lines(draw: st.DrawFn, outline: Any) -> Points:
    """Lines that go where it hurts: along edges, through and past vertices, in and out."""
    own = vertices(outline)
    west, south, east, north = outline.bounds
    low, size = np.array([west, south]), np.array([east - west, north - south])
    points = []
    for aim in draw(st.lists(st.sampled_from(AIMS), min_size=2, max_size=4)):
        i = draw(st.integers(0, len(own) - 1))
        share = np.array([draw(st.floats(0, 1)), draw(st.floats(0, 1))])
        point = {
            "vertex": own[i],
            "edge": own[i - 1] + share[0] * (own[i] - own[i - 1]),
            "anywhere": low + share * size,
            "beyond": low + (2 * np.round(share) - 0.5) * size + share,
        }[aim.removeprefix("near ")]
        if aim.startswith("near"):
            point = point + (share - 0.5) * 0.0024
        points.append(point)
    return np.array(points)


def _way(turn: Points) -> Points:
    return np.stack([np.cos(turn), np.sin(turn)], axis=1)


def parcel(geom: Any, **values: Any) -> SurveyedParcel:
    """A live parcel; any of its values can be given."""
    made: dict[str, Any] = {
        "parcel_id": uuid4(),
        "fid": 1,
        "revision": 1,
        "survey_epsg": EPSG,
        "geom": geom,
        "unit_code": "25645",
        "sheet": "1",
        "number": "1",
        "old_unit_code": None,
        "old_sheet": None,
        "old_number": None,
        "land_uses": (LandUseShare("ODT", 60.0), LandUseShare("CLN", None)),
        "register_area_m2": 100.4,
        "address": "Khu phố 1",
    }
    return SurveyedParcel(**made | values)


def created(geom: Any = None, **values: Any) -> SurveyedParcel:
    """A parcel that only a draft knows."""
    geom = rectangle(0, 0, 1, 1) if geom is None else geom
    return parcel(geom, **{"fid": None, "revision": None, "number": None} | values)


def ids(parcels: Sequence[SurveyedParcel]) -> list[UUID]:
    return [p.parcel_id for p in parcels]
