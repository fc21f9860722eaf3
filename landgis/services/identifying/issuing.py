"""An issuer makes identifiers official: all of a list, or none."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from landgis import geodesy
from landgis.cadastre.findings import Text
from landgis.cadastre.identifier import PROCEDURE, geohash
from landgis.cadastre.identifier.borne import Borne, geometry_sha256
from landgis.cadastre.register import Principal
from landgis.errors import Refused
from landgis.services.identifying.claims import Claim
from landgis.services.identifying.ports import Identifiers
from landgis.services.identifying.verifying import Verified, VerifyingService

RIGHT = "review"
"""Scope of those who may say it: who approves changes of the parcel."""

SOUND = frozenset({"same", "kept", "rounding", "other_procedure"})
"""Causes with which an identifier of an issuer may differ from ours: it is the parcel's, too."""

BY_ISSUER = "issuer"
"""Procedure of an identifier that ours does not give."""

Result = Literal["official", "already", "refused"]

REPEATED: Text = {"vi": "mã lặp lại trong bảng", "en": "the table says it twice"}
TAKEN: Text = {"vi": "thửa đất khác đang mang mã này", "en": "another parcel bears it"}
SETTLED: Text = {
    "vi": "thửa đất đã có mã chính thức khác",
    "en": "the parcel has another official identifier",
}
NOT_YOURS: Text = {"vi": "đơn vị không thuộc quyền của bạn", "en": "its unit is not yours"}
NO_PARCEL: Text = {"vi": "phải nêu thửa đất", "en": "a parcel must be named"}


@dataclass(frozen=True)
class Issued:
    """What becomes of one row."""

    verified: Verified
    result: Result
    why: Text


class IssuingService:
    """Makes identifiers of live parcels official."""

    def __init__(self, store: Identifiers, verifying: VerifyingService) -> None:
        self._store = store
        self._verifying = verifying

    def issue(
        self, claims: Sequence[Claim], issuer: str, decision: str, by: Principal
    ) -> tuple[list[Issued], bool]:
        """Answer what becomes of each row, and whether it has been written.

        One row that is refused keeps all others from being written. What was proposed for a parcel
        still leads to it.

        Raises
        ------
        Refused
            ``no_issuer``: the issuer or the document is not named.
        """
        if not issuer.strip() or not decision.strip():
            raise Refused("no_issuer", "Name the issuer and the document that makes it official")
        verified = self._verifying.verify(claims, by)
        issued = list(self._judged(verified, by))
        if any(one.result == "refused" for one in issued):
            return issued, False
        given = [_borne(o.verified, issuer, decision) for o in issued if o.result == "official"]
        if given:
            self._store.issue(given, by.name)
        return issued, True

    def _judged(self, verified: Sequence[Verified], by: Principal) -> Iterator[Issued]:
        texts = Counter(one.claim.text for one in verified)
        bearers = {
            b.national_id: b.parcel.parcel_id
            for b in self._store.bearing(list(texts), withheld=True)
        }
        for one in verified:
            fault = self._fault(one, texts[one.claim.text], by)
            bearer = one.bearer
            if fault is not None or bearer is None:
                yield Issued(one, "refused", fault or NO_PARCEL)
            elif bearers.get(one.claim.text, bearer.parcel.parcel_id) != bearer.parcel.parcel_id:
                yield Issued(one, "refused", TAKEN)
            elif bearer.status != "official":
                yield Issued(one, "official", one.cause.said)
            elif bearer.national_id == one.claim.text:
                yield Issued(one, "already", one.cause.said)
            else:
                yield Issued(one, "refused", SETTLED)

    @staticmethod
    def _fault(one: Verified, times: int, by: Principal) -> Text | None:
        if one.claim.parcel is None:
            return NO_PARCEL
        if one.cause.code not in SOUND:
            return one.cause.said
        if one.bearer is not None and not by.may(RIGHT, one.bearer.parcel.unit_code or ""):
            return NOT_YOURS
        return REPEATED if times > 1 else None


def _borne(one: Verified, issuer: str, decision: str) -> Borne:
    if one.bearer is None or one.canonical is None:
        raise ValueError(f"row {one.claim.row} is about no parcel")
    parcel, canonical, text = one.bearer.parcel, one.canonical, one.claim.text
    x, y, procedure = canonical.x, canonical.y, PROCEDURE
    if canonical.national_id != text:
        lonlat = geohash.decode(np.array([text], dtype=object))
        there = geodesy.transform_xy(*lonlat, geodesy.LONLAT, canonical.epsg)
        x, y, procedure = float(there[0][0]), float(there[1][0]), BY_ISSUER
    return Borne(
        parcel_id=parcel.parcel_id,
        revision=parcel.revision or 0,
        national_id=text,
        status="official",
        procedure=procedure,
        epsg=canonical.epsg,
        x=x,
        y=y,
        geom_sha256=geometry_sha256(parcel.geom),
        issuer=issuer.strip(),
        decision=decision.strip(),
    )


def counts_of(issued: Sequence[Issued]) -> Mapping[str, int]:
    """Answer how many rows there are of each result."""
    results = Counter(one.result for one in issued)
    return {
        "rows": len(issued),
        **{name: results[name] for name in ("official", "already", "refused")},
    }
