"""The table of abstract tests: each has a test here, and only what has its tests is declared."""

import ast
import tomllib
from pathlib import Path

import pytest

from landgis.web.ogc.bodies import CONFORMANCE

HERE = Path(__file__).parent
TABLE = tomllib.loads((HERE / "abstract_tests.toml").read_text("utf-8"))
NAMED = sorted({test for tests in TABLE.values() for ours in tests.values() for test in ours})
SPEC = "http://www.opengis.net/spec/"

IN_THE_STANDARDS = {
    "ogcapi-common-1/1.0/conf/core": 11,
    "ogcapi-common-1/1.0/conf/landing-page": 6,
    "ogcapi-common-1/1.0/conf/json": 2,
    "ogcapi-common-1/1.0/conf/html": 2,
    "ogcapi-common-1/1.0/conf/oas30": 6,
    "ogcapi-common-2/1.0/conf/collections": 9,
    "ogcapi-features-1/1.0/conf/core": 34,
    "ogcapi-features-1/1.0/conf/geojson": 2,
    "ogcapi-features-1/1.0/conf/html": 2,
    "ogcapi-features-1/1.0/conf/oas30": 6,
    "ogcapi-features-2/1.0/conf/crs": 10,
    "ogcapi-features-3/1.0/conf/queryables": 3,
    "ogcapi-features-3/1.0/conf/queryables-query-parameters": 2,
    "ogcapi-features-3/1.0/conf/filter": 7,
    "ogcapi-features-3/1.0/conf/features-filter": 5,
    "ogcapi-tiles-1/1.0/conf/core": 7,
    "ogcapi-tiles-1/1.0/conf/tileset": 1,
    "ogcapi-tiles-1/1.0/conf/tilesets-list": 1,
    "ogcapi-tiles-1/1.0/conf/dataset-tilesets": 2,
    "ogcapi-tiles-1/1.0/conf/geodata-tilesets": 2,
    "ogcapi-tiles-1/1.0/conf/mvt": 1,
    "ogcapi-tiles-1/1.0/conf/oas30": 2,
    "cql2/1.0/conf/cql2-text": 2,
    "cql2/1.0/conf/cql2-json": 1,
    "cql2/1.0/conf/basic-cql2": 6,
    "cql2/1.0/conf/advanced-comparison-operators": 5,
    "cql2/1.0/conf/case-insensitive-comparison": 4,
    "cql2/1.0/conf/accent-insensitive-comparison": 6,
    "cql2/1.0/conf/basic-spatial-functions": 3,
    "cql2/1.0/conf/basic-spatial-functions-plus": 2,
    "cql2/1.0/conf/spatial-functions": 10,
    "cql2/1.0/conf/temporal-functions": 4,
    "cql2/1.0/conf/property-property": 5,
    "cql2/1.0/conf/arithmetic": 3,
}
"""Class -> how many tests its annex A has, counted in the published sources of the standards."""


@pytest.mark.parametrize("named", NAMED)
def test_named_test_exists(named: str) -> None:
    module, _, name = named.partition("::")
    tree = ast.parse((HERE / f"{module}.py").read_text("utf-8"))
    assert name.startswith("test_")
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_test_of_every_class_has_one_here() -> None:
    assert {uri: len(tests) for uri, tests in TABLE.items()} == IN_THE_STANDARDS
    assert all(ours for tests in TABLE.values() for ours in tests.values())


def test_declared_classes_are_those_of_the_table() -> None:
    assert {uri.removeprefix(SPEC) for uri in CONFORMANCE} == set(TABLE)
