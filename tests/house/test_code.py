"""Rules about the project itself; each failure says what to do."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "landgis"
MODULES = sorted(p for p in PACKAGE.rglob("*.py") if "node_modules" not in p.parts)
TESTS_AND_SCRIPTS = sorted(p for f in ("tests", "scripts") for p in (ROOT / f).rglob("*.py"))
SQL_HOMES = ("store",)
OWN_DATABASE = {"landgis/ingest/geopackage.py", "landgis/client/copies.py"}
"""A GeoPackage is a database of its own, and so is a client's copy; these ask that one."""

SQL = re.compile(
    r"\b(SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|CREATE\s+TABLE)\b",
    re.DOTALL,
)

UNPINNED = {
    r"\bfrom_crs\(": "Transformer.from_crs chooses the operation by itself",
    r"\.to_crs\(": "GeoDataFrame.to_crs chooses the operation by itself",
    r"\bST_Transform\w*\(": "PostGIS chooses the operation by itself",
    r"rasterio\.warp|\breproject\(": "rasterio.warp needs COORDINATE_OPERATION",
    r"\bWarpedVRT\b": "it takes COORDINATE_OPERATION and does not use it: 0.8 m off",
    r"-t_srs\b": "ogr2ogr -t_srs chooses the operation by itself",
    r"\bTransformerGroup\(": "only landgis.geodesy picks an operation",
    r"\bproj4\(": "the browser gets coordinates from the server",
}
MAY_NAME_THEM = {
    "landgis/geodesy/__init__.py": {
        r"\bfrom_crs\(",
        r"\.to_crs\(",
        r"\bST_Transform\w*\(",
        r"-t_srs\b",
    },
    # The one place that lays images on the map; it says the operation, and golden points prove it.
    "landgis/ingest/raster_warp.py": {r"rasterio\.warp|\breproject\("},
    "landgis/geodesy/planes.py": {r"\bTransformerGroup\("},
    # The golden point that PostGIS must place as we do; at start, on our own SRID row.
    "landgis/store/migrate.py": {r"\bST_Transform\w*\("},
}


def sources() -> Iterator[Path]:
    yield from MODULES
    yield from (p for p in (ROOT / "scripts").rglob("*") if p.is_file() and is_text(p))
    yield from (ROOT / "tiles").rglob("*.sql")
    yield from (PACKAGE / "frontend" / "src").rglob("*.ts")


def is_text(path: Path) -> bool:
    try:
        path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return False
    return path.suffix not in (".txt", ".pyc")


def test_no_transformation_whose_operation_is_not_pinned() -> None:
    found = []
    for path in sources():
        name = path.relative_to(ROOT).as_posix()
        if name == "scripts/bench" or name.startswith("scripts/benchmarks/"):
            continue  # it measures what others do, their defaults included
        text = path.read_text(encoding="utf-8")
        for pattern, why in UNPINNED.items():
            if re.search(pattern, text) and pattern not in MAY_NAME_THEM.get(name, set()):
                found.append(f"{name}: {pattern}: {why}; use landgis.geodesy.transform")
    assert found == []


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_module_and_its_functions_are_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 300, "split it by noun"
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert own_lines(node) <= 40, f"{node.name}: split it"


def test_no_file_of_tests_or_scripts_is_long() -> None:
    lines = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in TESTS_AND_SCRIPTS
    }
    assert {path: n for path, n in lines.items() if n > 400} == {}, "split it by noun"


def own_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the body without docstring and without functions defined inside."""
    body = node.body
    if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    total = 0
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        total += (statement.end_lineno or 0) - statement.lineno + 1
    return total


def test_no_module_is_named_after_nothing() -> None:
    vague = {"utils", "helpers", "common", "manager", "misc"}
    assert [p for p in MODULES if p.stem in vague] == []


def test_sql_stays_in_its_homes() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}: move it to store/ or tiles/"
        for path in MODULES
        if path.relative_to(PACKAGE).parts[0] not in SQL_HOMES
        and path.relative_to(ROOT).as_posix() not in OWN_DATABASE
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.search(node.value)
    ]
    assert found == []


def test_nothing_names_this_machine_or_a_registry() -> None:
    # Assembled, so that this file does not find itself.
    forbidden = [
        "/" + "work/",
        "pypi" + ".org",
        "npmjs" + ".org",
        "python" + "hosted",
        "deb." + "debian",
    ]
    tracked = [p for p in ROOT.rglob("*") if p.is_file() and not excluded(p)]
    found = []
    for path in tracked:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {word}" for word in forbidden if word in text]
    assert found == []


def excluded(path: Path) -> bool:
    parts = path.relative_to(ROOT).parts
    hidden = {".git", ".venv", ".landgis", "node_modules", "__pycache__", "app"}
    return any(part in hidden or part.endswith(("_cache", ".egg-info")) for part in parts) or parts[
        0
    ].startswith((".mypy", ".ruff", ".pytest", ".hypothesis", ".import"))
