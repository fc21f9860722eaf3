"""Deviations that crowd just below their limit: a survey that was fitted to pass."""

from collections.abc import Iterator, Sequence

import numpy as np

from landgis.cadastre.findings import Finding, Rule
from landgis.cadastre.limits import Limits
from landgis.cadastre.rules.shared_cause import untested

RULE = Rule(
    code="dataset.near_limit",
    severity="warning",
    title={"vi": "Nhiều sai lệch sát hạn sai", "en": "Deviations crowd below their limit"},
    remedy={
        "vi": "Kiểm tra lại tài liệu đo: sai số không được mang tính hệ thống.",
        "en": "Look at the survey again: its errors must not be systematic.",
    },
    basis={
        "document": "Thông tư 25/2014/TT-BTNMT",
        "article": "quy định về độ chính xác của bản đồ địa chính",
        "date": "2014-05-19",
        "class": "A",
    },
    place="none",
)

RULES = (RULE,)

FEWEST = 30
"""Measurements below which a share says nothing (own choice)."""

LAST_TENTH = 0.9
"""Begin of the last tenth of a limit. Source: Circular 25/2014/TT-BTNMT, class A."""


def check(
    deviations: Sequence[tuple[float, float]], limits: Limits, *, has_scale: bool
) -> Iterator[Finding]:
    """Find a layer of whose deviations too many lie in the last tenth of their limit.

    Parameters
    ----------
    deviations
        What was measured between neighbours, and the limit of each; metres.
    """
    if not has_scale:
        yield untested(
            RULE,
            "chưa biết tỷ lệ bản đồ (--map-scale)",
            "the map scale is not known (--map-scale)",
        )
        return
    shares = np.array([measured / limit for measured, limit in deviations if measured <= limit])
    if len(shares) < FEWEST:
        yield untested(
            RULE,
            f"chỉ có {len(shares)} sai lệch để so sánh, cần {FEWEST}",
            f"there are {len(shares)} deviations to compare, {FEWEST} are needed",
        )
        return
    limit = limits["near_limit_share"]
    share = float((shares >= LAST_TENTH).mean())
    if share <= limit.value:
        return
    yield Finding(
        rule=RULE,
        outcome="fail",
        message={
            "vi": f"{share:.0%} trong {len(shares)} sai lệch nằm trong khoảng 90–100% hạn sai; "
            f"được phép {limit.value:.0%}.",
            "en": f"{share:.0%} of {len(shares)} deviations lie at 90–100% of their limit; "
            f"{limit.value:.0%} may.",
        },
        measured=round(share, 4),
        limit=limit.value,
        unit="share",
        keys=("deviations",),
        basis=None if limit.basis is None else dict(limit.basis),
    )
