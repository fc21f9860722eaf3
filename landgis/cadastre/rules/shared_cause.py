"""Rows that fail for one cause together: one finding says it, and names the rows."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from landgis.cadastre.findings import Cause, Finding, Rule, Text
from landgis.cadastre.parcels import Column, ParcelSet
from landgis.cadastre.rules.context import RuleContext
from landgis.cadastre.rules.placed import keys_of, middle


def of_one_cause(
    rule: Rule,
    parcels: ParcelSet,
    where: NDArray[np.int64],
    context: RuleContext,
    said: Text,
    basis: dict[str, str] | None = None,
    *,
    key: str | None = None,
) -> Finding:
    """Answer one failure of the parcels at the indices ``where``; its place is the first one.

    Parameters
    ----------
    said
        What is wrong with each of them, without the row and without a full stop.
    basis
        Where the jurisdiction has it from; None: see the rule.
    key
        The same for what other blocks of the layer say of the same cause; None: what is said.
    """
    first = int(where[0])
    at, cause = middle(parcels, first), Cause(key or said["en"], said)
    one = Finding(
        rule=rule,
        outcome="fail",
        message=said,
        place_xy=at,
        place_epsg=parcels.survey_epsg if at else None,
        keys=(f"cause:{cause.key}", *keys_of(parcels, [first], context)),
        basis=basis,
        cause=cause,
    )
    return with_rows(one, parcels.row[where].tolist())


def with_rows(finding: Finding, rows: list[int]) -> Finding:
    """Answer a finding of one cause as it is said of these rows, ascending."""
    assert finding.cause is not None  # noqa: S101 - only such findings come here
    said, many = finding.cause.said, len(rows) > 1
    vi = f"{len(rows)} dòng, từ dòng {rows[0]} đến {rows[-1]}" if many else f"Dòng {rows[0]}"
    en = f"{len(rows)} rows, from {rows[0]} to {rows[-1]}" if many else f"Row {rows[0]}"
    message = {"vi": f"{vi}: {said['vi']}.", "en": f"{en}: {said['en']}."}
    return replace(finding, message=message, rows=tuple(rows))


def causes(
    values: Column, among: NDArray[np.bool_] | None = None
) -> Iterator[tuple[str, NDArray[np.int64]]]:
    """Give each value of a text column with the indices that have it; None is no value.

    ``among`` are the indices that are looked at; None: all.
    """
    if among is not None:
        values = values.copy()
        values[~among] = None
    known: dict[str, int] = {}
    numbers = [-1 if v is None else known.setdefault(v, len(known)) for v in values.tolist()]
    order = np.argsort(numbers, kind="stable")
    ends = np.searchsorted(np.array(numbers)[order], np.arange(len(known) + 1))
    for value, start, end in zip(known, ends, ends[1:], strict=False):
        yield value, order[start:end]


def untested(rule: Rule, vi: str, en: str) -> Finding:
    """Answer that a rule could not be asked, and why."""
    return Finding(rule, "untested", {"vi": f"Không kiểm tra: {vi}.", "en": f"Not tested: {en}."})


def without_register(rule: Rule) -> Finding:
    """Answer that a rule about the register could not be asked: there is none at hand."""
    return untested(rule, "không có sổ (no_register)", "there is no register at hand (no_register)")
