"""GeoJSON that is odd, damaged or made to harm."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.hostile.case import Case
from tests.hostile.parts import square, written

Maker = Callable[[Path], Path]

CRS = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32648"}}


def feature(number: int, geometry: Any = None, **members: Any) -> dict[str, Any]:
    """The ``number``-th parcel, counted from 0."""
    ring = [list(point) for point in square(number)]
    return {
        "type": "Feature",
        "properties": {"KEY": f"K{number + 1}"},
        "geometry": {"type": "Polygon", "coordinates": [ring]} if geometry is None else geometry,
        **members,
    }


def collection(*features: Any, **members: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "crs": CRS, **members, "features": list(features)}


FIVE = [feature(k) for k in range(5)]


def text(content: str | bytes, name: str = "parcels.geojson") -> Maker:
    raw = content if isinstance(content, bytes) else content.encode()
    return lambda folder: written(folder, raw, name)


def written_as(document: Mapping[str, Any], **how: Any) -> Maker:
    return text(json.dumps(document, **how))


def odd(element: Any) -> Maker:
    """Five parcels, the third replaced."""
    return written_as(collection(*FIVE[:2], element, *FIVE[3:]))


def geometry(kind: str, coordinates: Any, **members: Any) -> Maker:
    return odd(feature(2, {"type": kind, "coordinates": coordinates, **members}))


def rings(*some: Any) -> Maker:
    return geometry("Polygon", list(some))


def number(raw: str) -> Maker:
    """The third parcel's second vertex begins with this number, as text."""
    whole = json.dumps(collection(*FIVE))
    second = json.dumps(list(square(2)[1]))
    assert whole.count(second) == 1
    return text(whole.replace(second, f"[{raw}, {square(2)[1][1]}]"))


def replaced(old: str, new: str, times: int = 1) -> Maker:
    return text(json.dumps(collection(*FIVE)).replace(old, new, times))


RING = [list(point) for point in square(2)]
WHOLE = json.dumps(collection(*FIVE))
POINT = {"type": "Point", "coordinates": RING[0]}
TOPOLOGY = {"type": "Topology", "arcs": [], "objects": {}}
LINES = "\n".join(json.dumps(one) for one in FIVE)
NESTED = '{"a":' * 100_000 + "1" + "}" * 100_000


def of_names(count: int) -> dict[str, Any]:
    """The third parcel with so many properties."""
    return {**feature(2), "properties": {f"p{k}": k for k in range(count)}}


def lost(code: str) -> dict[str, Any]:
    return {"rows": 5, "lost": {code: [3]}}


CASES = [
    # --- odd and good ---
    Case("geojson", text(WHOLE), "a sound layer", rows=5),
    Case("geojson indented", written_as(collection(*FIVE), indent=4), "with line breaks", rows=5),
    Case("geojson with a BOM", text(b"\xef\xbb\xbf" + WHOLE.encode()), "as Windows writes", rows=5),
    Case("geojson named .json", text(WHOLE, "parcels.json"), "the same", rows=5),
    Case("crs last", written_as({"features": FIVE, "crs": CRS, "type": "FeatureCollection"}),
         "members in any order", rows=5),
    Case("no features", written_as(collection()), "an import of nothing", rows=0),
    Case("features null", written_as({**collection(), "features": None}), "none are there, as "
         "some write", refused="bad_geojson"),
    Case("features missing", written_as({"type": "FeatureCollection"}), "not a collection",
         refused="bad_geojson"),
    Case("one feature", written_as({**feature(0), "crs": CRS}), "a lone feature is valid GeoJSON",
         rows=1),
    Case("one polygon", written_as({**feature(0)["geometry"], "crs": CRS}), "a lone geometry is "
         "valid GeoJSON", rows=1),
    Case("one point", written_as({**POINT, "crs": CRS}), "no polygon",
         refused="no_polygon_layer"),
    Case("features twice", text(
         json.dumps({**collection(*FIVE[:2]), "again": FIVE[2:]}).replace("again", "features")),
         "a member twice: no row of either is dropped", rows=5),
    Case("ids repeat", written_as(collection(*[{**one, "id": 7} for one in FIVE])), "GDAL would "
         "renumber them", rows=5),
    Case("ids of every kind", written_as(collection(*[{**one, "id": i} for one, i in zip(
         FIVE, (1, "x", None, 2.5, [1]), strict=True)])), "not needed", rows=5),
    Case("properties null", odd({**feature(2), "properties": None}), "allowed", rows=5),
    Case("properties of every kind", odd({**feature(2), "properties": {"KEY": {"a": [1]}}}),
         "become text", rows=5),
    Case("key twice in a row", replaced('"KEY": "K3"', '"KEY": "K9", "KEY": "K3"'), "the last "
         "counts, as everywhere", rows=5),
    Case("properties of 300 names", odd(of_names(300)), "wide", rows=5),
    Case("properties of 3,000 names", odd(of_names(3000)), "no table for people",
         refused="too_many_columns"),
    Case("huge number in a property", odd({**feature(2), "properties": {"n": 10**400}}), "text",
         rows=5),
    Case("heights", rings([[*point, 12.5] for point in RING]), "three numbers a place", rows=5,
         notes=["heights_left_out"]),
    Case("four numbers", rings([[*point, 1, 2, 3] for point in RING]), "more than the standard",
         rows=5, notes=["heights_left_out"]),
    Case("whole numbers", number("568041"), "without a point", rows=5),
    Case("many digits", number("568040." + "0" * 500), "500 decimals", rows=5),
    Case("multipolygon of one", geometry("MultiPolygon", [[RING]]), "as ogr2ogr writes", rows=5),
    Case("formulas", replaced('"K3"', '"=HYPERLINK(1)"'), "text", rows=5),
    Case("half a letter", replaced('"K3"', '"\\ud800"'), "a lone surrogate", rows=5),
    Case("NUL", replaced('"K3"', '"a\\u0000b"'), "in a text", rows=5),
    # --- findings ---
    Case("geometry null", odd({**feature(2), "geometry": None}), "allowed, and empty", rows=5,
         held={"geometry.empty": [3]}),
    Case("no geometry", odd({"type": "Feature", "properties": {}}), "left out", rows=5,
         held={"geometry.empty": [3]}),
    Case("polygon of no rings", rings(), "empty", rows=5, held={"geometry.empty": [3]}),
    Case("multipolygon of none", geometry("MultiPolygon", []), "empty", rows=5,
         held={"geometry.empty": [3]}),
    Case("bow tie", rings([RING[0], RING[2], RING[3], RING[1], RING[0]]), "crosses itself",
         rows=5, held={"geometry.bow_tie": [3]}),
    Case("hole outside", rings(RING, [[x + 15, y] for x, y in RING]), "a hole in nothing", rows=5,
         held={"geometry.rings_misplaced": [3]}),
    # --- rows that cannot be read, named ---
    *(
        Case(f"number {raw}", number(raw), "no number, no parcel",
             **lost("coordinate_not_finite"))
        for raw in ("NaN", "Infinity", "-Infinity", "1e999")
    ),
    Case("number 1e308", number("1e308"), "finite, and nowhere; its sides cross", rows=5,
         held={"geometry.outside_jurisdiction": [3], "topology.dangle": [3]}),
    Case("number of 400 digits", number("1" * 400), "beyond any plane",
         **lost("damaged_geometry")),
    Case("number of 10,000 digits", number("1" * 10_000), "more than Python turns into a number: "
         "one row's fault", **lost("coordinate_not_finite"), countable=False),
    Case("number as text", number('"568040"'), "no number", **lost("damaged_geometry")),
    Case("number null", number("null"), "no number", **lost("damaged_geometry")),
    Case("number true", number("true"), "no number", **lost("damaged_geometry")),
    Case("unclosed", rings(RING[:-1]), "a side is missing", **lost("ring_unclosed")),
    Case("two points", rings(RING[:2]), "no ring", **lost("damaged_geometry")),
    Case("empty place", rings([*RING[:2], [], *RING[2:]]), "a vertex of no numbers",
         **lost("damaged_geometry")),
    Case("half a place", rings([*RING[:2], [1.0], *RING[2:]]), "a vertex of one number",
         **lost("damaged_geometry")),
    Case("too shallow", geometry("Polygon", RING), "a ring where rings belong",
         **lost("damaged_geometry")),
    Case("too deep", geometry("Polygon", [[RING]]), "polygons where rings belong",
         **lost("damaged_geometry")),
    Case("coordinates missing", odd(feature(2, {"type": "Polygon"})), "none",
         **lost("damaged_geometry")),
    Case("coordinates of text", geometry("Polygon", "POLYGON((0 0))"), "WKT inside",
         **lost("damaged_geometry")),
    Case("geometry of text", odd(feature(2, "POLYGON((0 0))")), "WKT inside",
         **lost("damaged_geometry")),
    Case("unknown type", geometry("Curve", [RING]), "no GeoJSON", **lost("not_a_polygon")),
    Case("type of a list", odd(feature(2, {"type": [], "coordinates": []})), "no type",
         **lost("not_a_polygon")),
    Case("point among polygons", odd(feature(2, POINT)), "mixed", **lost("not_a_polygon")),
    Case("collection among polygons", odd(feature(2, {"type": "GeometryCollection",
         "geometries": [POINT]})), "mixed", **lost("not_a_polygon")),
    *(
        Case(f"element {json.dumps(element)}", odd(element), "no feature",
             **lost("not_a_feature"))
        for element in (None, 3, "x", [], {}, {"type": "feature"})
    ),
    # --- refusals ---
    Case("cut in the middle", text(WHOLE[: len(WHOLE) // 2]), "half a text: nobody knows what "
         "was to come", refused="bad_geojson"),
    Case("cut a letter before the end", text(WHOLE[:-1]), "the last brace", refused="bad_geojson"),
    Case("something after the end", text(WHOLE + "}"), "two texts", refused="bad_geojson"),
    Case("comma at the end", replaced("]}", ",]}", 1), "no JSON", refused="bad_geojson"),
    Case("quotes of another kind", text(WHOLE.replace('"', "'")), "Python's own writing",
         refused="bad_geojson"),
    Case("Latin-1", text(WHOLE.replace("K3", "Tân").encode("latin-1")), "not UTF-8",
         refused="bad_geojson"),
    Case("UTF-16", text(WHOLE.encode("utf-16")), "not UTF-8", refused="bad_geojson"),
    Case("nested", text(NESTED), "100,000 deep", refused="bad_geojson"),
    Case("nested in a row", replaced('"K3"', "[" * 100_000 + "]" * 100_000), "100,000 deep",
         refused="bad_geojson"),
    Case("a list", text(json.dumps(FIVE)), "features without a collection",
         refused="bad_geojson"),
    Case("a number", text("1"), "JSON, no GeoJSON", refused="bad_geojson"),
    Case("blanks", text("   \n"), "nothing", refused="bad_geojson"),
    Case("zeros", text(bytes(1000)), "a download that never came", refused="bad_geojson"),
    Case("web page", text("<!doctype html>"), "a failed download", refused="bad_geojson"),
    Case("XML as .geojson", text('<?xml version="1.0"?><kml/>'), "renamed", refused="bad_geojson"),
    Case("TopoJSON", written_as(TOPOLOGY), "another format", refused="not_a_feature_collection"),
    Case("Esri's JSON", written_as({"geometryType": "esriGeometryPolygon", "features": []}),
         "another format", refused="not_a_feature_collection"),
    Case("lines of GeoJSON", text(LINES, "parcels.json"), "GeoJSONSeq", refused="bad_geojson"),
    Case("VRT as .geojson", text("<OGRVRTDataSource/>"), "would have other files read",
         refused="bad_geojson"),
    Case("crs of an address", written_as({**collection(*FIVE), "crs": {"type": "link", "properties":
         {"href": "http://127.0.0.1:1/crs"}}}), "is not fetched", refused="crs_missing"),
    Case("crs of rubbish", written_as({**collection(*FIVE), "crs": {"type": "name", "properties":
         {"name": "x" * 5000}}}), "not understood", refused="crs_not_understood"),
    Case("crs null", written_as({**collection(*FIVE), "crs": None}), "unknown, as GeoJSON 2008 "
         "has it", refused="crs_missing"),
    Case("metres without a crs", written_as({"type": "FeatureCollection", "features": FIVE}),
         "GeoJSON is in degrees, these are not", refused="outside_deployment"),
]  # fmt: skip
