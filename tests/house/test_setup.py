"""The set-up: locks that agree, scripts that parse, and one line for who may install nothing."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = {
    name: (ROOT / "scripts" / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    for name in ("run", "test", "build")
}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def _name(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def _pins(lock: str) -> dict[str, set[str]]:
    """Answer the pinned versions of every package: several where they differ by Python version."""
    pins: dict[str, set[str]] = {}
    line = r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;]+)"
    for name, version in re.findall(line, lock, re.MULTILINE):
        pins.setdefault(_name(name), set()).add(version)
    return pins


def test_locks_agree_on_every_package_they_share() -> None:
    run, test, build = (_pins(LOCKS[name]) for name in ("run", "test", "build"))
    for first, second in ((run, test), (run, build), (test, build)):
        differing = {n for n in first.keys() & second.keys() if first[n] != second[n]}
        assert not differing, f"run scripts/lock: {differing}"


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_a_hash_and_no_lock_names_an_index(name: str) -> None:
    pins = re.findall(r"^\S+==.*?(?=^\S|\Z)", LOCKS[name], re.MULTILINE | re.DOTALL)
    assert pins
    assert [pin.split()[0] for pin in pins if "--hash=sha256:" not in pin] == []
    assert not re.search(r"https?://|--index-url|--find-links", LOCKS[name])


def test_locks_hold_what_the_project_asks_for() -> None:
    wanted = {_name(requirement) for requirement in PROJECT["project"]["dependencies"]}
    assert wanted - _pins(LOCKS["run"]).keys() == set(), "run scripts/lock"
    wanted = {_name(requirement) for requirement in PROJECT["build-system"]["requires"]}
    assert wanted - _pins(LOCKS["build"]).keys() == set(), "add to build.in, run scripts/lock"


@pytest.mark.parametrize("name", ["run", "test", "lock", "setup.sh"])
def test_script_parses(name: str) -> None:
    subprocess.run(["bash", "-n", str(ROOT / "scripts" / name)], check=True)


def _installing(mode: str, pretended: str) -> subprocess.CompletedProcess[str]:
    load = 'unset LANDGIS_DATABASE_URL; . "$1/scripts/setup.sh";'
    script = f"{load} {pretended} install_system_packages {mode}"
    return subprocess.run(
        ["bash", "-c", script, "bash", str(ROOT)], capture_output=True, text=True, check=False
    )


BARE = "has_postgis() { return 1; };"
NO_RIGHTS = "id() { echo 1000; }; sudo() { return 1; };"


def test_who_may_install_nothing_gets_the_one_line_to_type() -> None:
    done = _installing("run", NO_RIGHTS + BARE)
    assert done.returncode == 69
    lines = [line for line in done.stderr.splitlines() if "apt-get install" in line]
    assert len(lines) == 1
    assert "postgresql postgresql-postgis" in lines[0]
    assert "create_main_cluster = false" in lines[0]
    subprocess.run(["bash", "-n", "-c", lines[0]], check=True)


def test_a_machine_that_has_everything_installs_nothing() -> None:
    done = _installing("run", NO_RIGHTS + "missing_packages() { :; };")
    assert (done.returncode, done.stderr) == (0, "")


def test_every_imported_library_is_a_declared_dependency() -> None:
    """What only happens to be installed with something else breaks on the next machine."""
    declared = set()
    for requirement in PROJECT["project"]["dependencies"]:
        extras = re.search(r"\[([^\]]*)\]", requirement)
        declared |= {_name(requirement)}
        declared |= {f"{_name(requirement)}-{e}" for e in extras[1].split(",")} if extras else set()
    distributions = packages_distributions()
    missing = {
        f"{module} in {path.relative_to(ROOT)}"
        for path in (ROOT / "landgis").rglob("*.py")
        if not {"frontend", "static"} & set(path.relative_to(ROOT).parts)
        for module in _imported(path)
        if not declared & {_name(d) for d in distributions.get(module, ["?"])}
    }
    assert missing == set()


def _imported(path: Path) -> set[str]:
    """Answer the top-level names of the third-party modules that a file imports."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module)
    return {name.split(".")[0] for name in names} - sys.stdlib_module_names - {"landgis"}
