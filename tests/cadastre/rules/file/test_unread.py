"""Rows that could not be read are findings like others."""

from landgis.cadastre.rules.file.unread import EACH_BY_ITSELF, REASONS, RULE, Unread, findings_of
from landgis.ingest.records import MESSAGES


def test_each_row_is_a_finding_in_both_languages() -> None:
    (found,) = findings_of([Unread(7, "damaged_geometry", "row 7: the geometry is damaged: why")])
    assert RULE.code == "file.row_unreadable"
    assert (found.rule, found.outcome, found.rows) == (RULE, "fail", (7,))
    assert found.message == {
        "vi": "Dòng 7: hình học bị hỏng.",
        "en": "Row 7: the geometry is damaged: why.",
    }


def test_every_reason_of_the_readers_has_words() -> None:
    assert MESSAGES.keys() <= REASONS.keys()


def test_a_file_of_lost_rows_has_few_findings_and_names_every_row() -> None:
    lost = [Unread(row, "shape_cut_off", f"row {row}: gone") for row in range(1, 100_001)]
    found = list(findings_of(lost))
    assert len(found) == EACH_BY_ITSELF + 1
    assert [row for one in found for row in one.rows] == list(range(1, 100_001))
    assert len({one.id for one in found}) == len(found)


def test_a_file_that_was_read_whole_gives_nothing() -> None:
    assert list(findings_of([])) == []
