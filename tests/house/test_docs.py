"""What there is must be documented, and what is documented must be there."""

import re
from pathlib import Path

import click
import pytest

from landgis.cli import main

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
WALK = (ROOT / "landgis" / "README.md").read_text(encoding="utf-8")


def commands(group: click.Group, prefix: str = "landgis") -> list[str]:
    found, context = [], click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        full = f"{prefix} {name}"
        found += commands(command, full) if isinstance(command, click.Group) else [full]
    return found


def test_commands_are_found() -> None:
    assert {"landgis import", "landgis batches undo", "landgis up"} <= set(commands(main))


@pytest.mark.parametrize("command", commands(main))
def test_command_is_in_the_readme(command: str) -> None:
    assert re.search(rf"`{command}\b", README), f"describe `{command}` in README.md"


def test_every_setting_is_in_the_readme() -> None:
    config = (ROOT / "landgis" / "config.py").read_text(encoding="utf-8")
    for name in set(re.findall(r"LANDGIS_[A-Z_]+", config)):
        assert f"`{name}`" in README, f"describe {name} in README.md"


def test_every_room_is_in_the_walk() -> None:
    for room in (ROOT / "landgis").iterdir():
        if room.is_dir() and (room / "__init__.py").is_file():
            assert room.name in WALK, f"say in landgis/README.md what {room.name}/ is"


@pytest.mark.parametrize("folder", sorted((ROOT / "data_samples").iterdir()), ids=lambda p: p.name)
def test_sample_says_where_it_comes_from(folder: Path) -> None:
    if folder.is_file():
        return
    text = (folder / "README.md").read_text(encoding="utf-8").lower()
    for word in ("licen", "crs", "known defects"):
        assert word in text, f"{folder.name}/README.md must state: {word}"
