"""The build hook builds what changed, says what failed, and the wheel carries what it built."""

import gzip
import importlib.util
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "landgis" / "web" / "static" / "app"
FIRST_LOAD_BYTES = 650_000
"""Scripts and styles of the map page's first load, gzipped (reference: front-end budget)."""


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_hook", ROOT / "scripts" / "build_hook.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.build(ROOT, lambda _line: None)
    return module


@pytest.fixture
def checkout(hook: ModuleType, tmp_path: Path) -> Path:
    """Copy the sources and the built page, to change the one and see the other follow."""
    frontend = ROOT / "landgis" / "frontend"
    copied = tmp_path / "landgis" / "frontend"
    shutil.copytree(frontend, copied, ignore=shutil.ignore_patterns("node_modules"))
    shutil.copytree(frontend / "node_modules", copied / "node_modules", symlinks=True)
    shutil.copytree(ROOT / "landgis" / "web" / "i18n", tmp_path / "landgis" / "web" / "i18n")
    shutil.copytree(APP, tmp_path / hook.BUILT)
    return tmp_path


def test_nothing_is_built_again_when_nothing_changed(hook: ModuleType) -> None:
    assert hook.build(ROOT, lambda _line: None) == []


def test_changed_text_rebuilds_the_bundle_and_only_that(hook: ModuleType, checkout: Path) -> None:
    texts = checkout / "landgis" / "web" / "i18n" / "en.json"
    words = json.loads(texts.read_text("utf-8")) | {"app.title": "Another title altogether"}
    texts.write_text(json.dumps(words), "utf-8")

    assert hook.build(checkout, lambda _line: None) == ["bundle"]

    scripts = (checkout / hook.BUILT / "assets").glob("*.js")
    assert any("Another title altogether" in path.read_text("utf-8") for path in scripts)


def test_broken_source_fails_loudly_and_is_tried_again(hook: ModuleType, checkout: Path) -> None:
    page = checkout / "landgis" / "frontend" / "src" / "public" / "page.ts"
    page.write_text("import { nothing } from './no-such-file';\nnothing(", "utf-8")

    for _ in range(2):
        with pytest.raises(hook.BuildError, match="ended with code"):
            hook.build(checkout, lambda _line: None)


def test_first_load_stays_within_its_budget(hook: ModuleType) -> None:
    manifest = json.loads((APP / "manifest.json").read_text("utf-8"))
    waiting, names = ["src/public/page.ts"], set()
    while waiting:
        entry = manifest[waiting.pop()]
        needed = [*entry.get("imports", []), *entry.get("dynamicImports", [])]
        waiting += [e for e in needed if manifest[e]["file"] not in names]
        names |= {entry["file"], *entry.get("css", []), *entry.get("assets", [])}
    code = [name for name in names if name.endswith((".js", ".css"))]

    assert any("worker" in name for name in code)
    assert sum(len(gzip.compress((APP / name).read_bytes())) for name in code) <= FIRST_LOAD_BYTES


def test_compressed_files_hold_what_they_stand_beside(hook: ModuleType) -> None:
    packed = sorted(APP.rglob("*.gz"))

    assert {path.with_suffix("").suffix for path in packed} == {".js", ".css", ".pbf"}
    for path in packed:
        assert gzip.decompress(path.read_bytes()) == path.with_suffix("").read_bytes()


def test_wheel_carries_the_built_page_and_no_npm_packages(
    hook: ModuleType,
    tmp_path: Path,
) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)

    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        names = wheel.namelist()
    assert "landgis/web/static/app/manifest.json" in names
    assert "landgis/web/static/app/glyphs/Be Vietnam Pro Regular/7680-7935.pbf" in names
    assert "landgis/web/templates/map.html" in names
    assert not [name for name in names if "node_modules" in name]
