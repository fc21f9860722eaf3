"""Days that a source states: terms that have ended, days that cannot be."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from landgis.cadastre.findings import Finding, Rule
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules.attribute.stated import Days, days
from landgis.cadastre.rules.context import RuleContext
from landgis.cadastre.rules.shared_cause import causes, of_one_cause, untested

TERM_ENDED = Rule(
    code="attribute.term_ended",
    severity="warning",
    title={"vi": "Đã hết thời hạn sử dụng đất", "en": "Term of use has ended"},
    remedy={
        "vi": "Kiểm tra việc gia hạn (có loại đất được gia hạn không cần thủ tục) và cập nhật.",
        "en": "Check whether the term was extended (some are without a procedure), and update it.",
    },
)

IMPOSSIBLE = Rule(
    code="attribute.date_impossible",
    severity="warning",
    title={"vi": "Ngày không thể có", "en": "Impossible date"},
    remedy={
        "vi": "Sửa ngày trong tệp nguồn theo giấy tờ.",
        "en": "Mend the date in the source by the papers.",
    },
)

RULES = (TERM_ENDED, IMPOSSIBLE)

PAST = {
    "created_on": ("ngày tạo", "created"),
    "updated_on": ("ngày cập nhật", "updated"),
    "ended_on": ("ngày kết thúc", "ended"),
}
"""Targets of days that lie in the past, with their words."""

EVER = "9999"
"""Year that databases write for "no end"."""

EARLIEST = np.datetime64("1800-01-01", "D")
"""No cadastre of today has records that are older (own choice)."""

EMPTY = tuple(np.array(["0001-01-01", "1899-12-30", "1900-01-01", "1970-01-01"], "datetime64[D]"))
"""Days that software writes where it has none: day zero of its calendar."""


def check(parcels: ParcelSet, context: RuleContext) -> Iterator[Finding]:
    """Find terms that ended before the day, and days that no record can have."""
    yield from _terms(parcels, context)
    stated = [target for target in (*PAST, "term_end") if target in context.stated]
    if not stated:
        yield untested(IMPOSSIBLE, "nguồn dữ liệu không ghi ngày", "the source states no dates")
    for target in stated:
        yield from _impossible(target, parcels, context)
    if "created_on" in context.stated:
        for later in ("updated_on", "ended_on"):
            if later in context.stated:
                yield from _reversed(later, parcels, context)


def _terms(parcels: ParcelSet, context: RuleContext) -> Iterator[Finding]:
    texts = context.stated.get("term_end")
    if texts is None:
        yield untested(
            TERM_ENDED, "nguồn dữ liệu không ghi thời hạn sử dụng", "the source states no terms"
        )
        return
    ends, _ = days(texts)
    ended = (ends < np.datetime64(context.on)) & ~np.isin(ends, EMPTY) & (ends >= EARLIEST)
    for text, where in causes(texts, ended):
        said = {
            "vi": f"thời hạn sử dụng đất đến {text}, đã hết",
            "en": f"the term of use ended on {text}",
        }
        yield of_one_cause(TERM_ENDED, parcels, where, context, said)


def _impossible(target: str, parcels: ParcelSet, context: RuleContext) -> Iterator[Finding]:
    texts = context.stated[target]
    found, no_day = days(texts)
    wrong = no_day | (found < EARLIEST)
    if target in PAST:
        wrong |= (found > np.datetime64(context.on)) & ~_is_ever(found)
    wrong &= ~np.isin(found, EMPTY)
    vi, en = PAST.get(target, ("hạn sử dụng", "end of the term"))
    for text, where in causes(texts, wrong):
        said = {"vi": f"{vi} “{text}” không thể có", "en": f"{en} “{text}” cannot be"}
        yield of_one_cause(IMPOSSIBLE, parcels, where, context, said)


def _reversed(later: str, parcels: ParcelSet, context: RuleContext) -> Iterator[Finding]:
    first, second = context.stated["created_on"], context.stated[later]
    begun, (done, _) = days(first)[0], days(second)
    wrong = (done < begun) & ~np.isin(done, EMPTY)
    pairs = np.full(len(parcels), None, dtype=object)
    pairs[wrong] = [f"{a} > {b}" for a, b in zip(first[wrong], second[wrong], strict=True)]
    (vi_first, en_first), (vi, en) = PAST["created_on"], PAST[later]
    for pair, where in causes(pairs):
        said = {
            "vi": f"{vi_first} sau {vi}: {pair}",
            "en": f"{en_first} after it was {en}: {pair}",
        }
        yield of_one_cause(IMPOSSIBLE, parcels, where, context, said)


def _is_ever(found: Days) -> NDArray[np.bool_]:
    return np.asarray(found >= np.datetime64(EVER, "D"))
