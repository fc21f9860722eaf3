"""``landgis rules``: the catalogue as a list, as JSON, as the table of a document."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from landgis.cadastre.rules import RULES
from landgis.cli import main
from landgis.cli.rules import BEGIN, END

TEXT = f"# A page\n\n{BEGIN}\n| old |\n{END}\n\nthe rest\n"


def rules(*words: str) -> Result:
    return CliRunner().invoke(main, ["rules", *words])


def test_table_has_a_line_for_each_rule() -> None:
    lines = rules("--markdown", "--lang", "en").stdout.splitlines()
    said = json.loads(rules("--json").stdout)["rules"]
    assert len(lines) == len(said) + 2 > len(RULES)
    assert {line.count(" | ") for line in lines if line.startswith("| `")} == {6}
    (spike,) = (line for line in lines if line.startswith("| `geometry.spike` "))
    assert spike == (
        "| `geometry.spike` | parcels | warning | Needle on the boundary | Check the outermost "
        "vertex: a coordinate may be wrong; cut the needle off if it is. | cut_spike | - |"
    )


def test_table_is_written_in_the_language_that_is_asked_for() -> None:
    said = rules("--markdown", "--lang", "vi").stdout
    assert "Gai nhọn trên ranh giới" in said
    assert "Needle" not in said


def test_table_of_a_file_is_replaced_and_the_rest_stays(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(TEXT, "utf-8")
    for _ in range(2):
        assert rules("--into", str(page), "--lang", "en").exit_code == 0
        text = page.read_text("utf-8")
        table = rules("--markdown", "--lang", "en").stdout
        assert text == f"# A page\n\n{BEGIN}\n{table}{END}\n\nthe rest\n"


@pytest.mark.parametrize("text", ["", BEGIN, f"{END}\n{BEGIN}\n"])
def test_file_without_a_place_for_the_table_stays_as_it_is(tmp_path: Path, text: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(text, "utf-8")
    done = rules("--into", str(page))
    assert done.exit_code == 2
    assert "no_place_for_rules" in done.output
    assert page.read_text("utf-8") == text
