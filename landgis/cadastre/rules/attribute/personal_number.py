"""Numbers of identity papers that have the wrong number of digits. No number is ever shown."""

import re
from collections.abc import Iterator

import numpy as np

from landgis.cadastre.findings import Finding, Rule
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.profiles import PERSONAL_NUMBER
from landgis.cadastre.rules.context import RuleContext
from landgis.cadastre.rules.shared_cause import causes, of_one_cause, untested

RULE = Rule(
    code="attribute.personal_number",
    severity="warning",
    title={
        "vi": "Số giấy tờ nhân thân sai độ dài",
        "en": "Number of an identity paper of the wrong length",
    },
    remedy={
        "vi": "Kiểm tra số giấy tờ trong hồ sơ gốc; bảng tính hay làm mất số 0 ở đầu.",
        "en": "Check the number against the records; spreadsheets lose zeros in front.",
    },
)

RULES = (RULE,)

_BETWEEN = re.compile(r"[;,/+&|\n]")
_WITHIN = re.compile(r"[\s.\-]")


def check(parcels: ParcelSet, context: RuleContext) -> Iterator[Finding]:
    """Find numbers that have not as many digits as the jurisdiction's papers.

    The column holds forms only: 0 stands for any digit, x for any letter. Numbers with letters
    are of other papers; a single digit fills an empty field.
    """
    forms, expected = context.stated.get(PERSONAL_NUMBER), context.jurisdiction.expected
    if forms is None:
        yield untested(
            RULE,
            "nguồn dữ liệu không có cột số giấy tờ nhân thân",
            "the source has no column of identity papers",
        )
        return
    if not expected.personal_digits:
        yield untested(
            RULE,
            "địa bàn không quy định số chữ số của giấy tờ nhân thân",
            "the jurisdiction does not say how many digits identity papers have",
        )
        return
    right = expected.personal_digits
    known = {form: _wrong(form, right) for form in set(forms.tolist()) if form}
    vi, en = (f" {word} ".join(map(str, right)) for word in ("hoặc", "or"))
    basis = dict(expected.personal_digits_basis) if expected.personal_digits_basis else None
    digits = np.array([known.get(form) for form in forms.tolist()], dtype=object)
    for count, where in causes(digits):
        said = {
            "vi": f"số giấy tờ nhân thân có {count} chữ số, phải là {vi}",
            "en": f"the number of an identity paper has {count} digits, it must have {en}",
        }
        yield of_one_cause(RULE, parcels, where, context, said, basis)


def _wrong(form: str, right: tuple[int, ...]) -> str | None:
    """Answer the first wrong number of digits in a form like ``000000000; 00000000``."""
    pieces = (_WITHIN.sub("", piece) for piece in _BETWEEN.split(form))
    numbers = (piece for piece in pieces if len(piece) > 1 and piece.isdigit())
    return next((str(len(number)) for number in numbers if len(number) not in right), None)
