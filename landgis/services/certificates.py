"""Certificates: noted from the office's lists, and found by whoever has the paper in hand."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from ipaddress import ip_address, ip_network
from typing import Any, NamedTuple

from landgis.cadastre.certificates import Certificate, Noted, State, serial_key
from landgis.cadastre.register import ParcelRecord, Principal
from landgis.errors import NotFound, TooMany, UsageError
from landgis.services.certificate_ports import Certificates
from landgis.services.certificate_rows import NotNoted, Row, rows_of
from landgis.services.history import HistoryService
from landgis.services.identifying.named import NamedParcels
from landgis.services.ports import Progress, silent

QUESTIONS = 10
"""Serials that one address may ask for in a window: enough for a person with papers in hand, too
few to try all numbers (own choice)."""

WINDOW_S = 60
UNBOUNDED = "register"
"""Scope of those who are not counted: they may read every parcel anyway."""

AT_ONCE = 2_000

HOUSEHOLD_BITS = 64
"""An IPv6 network that one connection is given as a whole (RFC 6177)."""


class Land(NamedTuple):
    """A parcel that a certificate is for."""

    parcel: ParcelRecord
    successors: Sequence[Mapping[str, Any]]
    """What a retired parcel became."""


@dataclass(frozen=True)
class Certified:
    """What somebody with a certificate in hand is told."""

    serial: str
    state: State
    lands: tuple[Land, ...]


class CertificateService:
    """Notes certificates and finds them by their serials.

    Parameters
    ----------
    today
        The day, where the land lies.
    """

    def __init__(
        self,
        store: Certificates,
        named: NamedParcels,
        history: HistoryService,
        today: Callable[[], date],
    ) -> None:
        self._store = store
        self._named = named
        self._history = history
        self._today = today

    def note(
        self, content: bytes, by: Principal, progress: Progress = silent
    ) -> tuple[Counter[Noted], list[NotNoted]]:
        """Keep the certificates of a CSV table, and answer which rows could not be taken.

        Every other row is kept. The same table once more changes nothing.

        Raises
        ------
        Refused
            ``bad_body``, ``unknown_column``, ``no_rows``.
        """
        rows = rows_of(content)
        counts: Counter[Noted] = Counter()
        refused: list[NotNoted] = []
        for start in range(0, len(rows), AT_ONCE):
            good = list(self._named_land(rows[start : start + AT_ONCE], refused))
            counts += self._store.note(list(_last_said(good)), by.name)
            progress("noting", sum(counts.values()) + len(refused), len(rows))
        return counts, sorted(refused)

    def _named_land(
        self, rows: Sequence[Row | NotNoted], refused: list[NotNoted]
    ) -> Iterator[Certificate]:
        read = [row for row in rows if isinstance(row, Row)]
        refused += [row for row in rows if isinstance(row, NotNoted)]
        ids = self._named.ids_of(row.parcel for row in read)
        for row in read:
            if row.parcel in ids:
                yield row.of(ids[row.parcel])
            else:
                why = f"there is no live parcel {row.parcel!r}"
                refused.append(NotNoted(row.number, "no_such_parcel", why))

    def find(self, serial: str, by: Principal, address: str | None) -> Certified:
        """Answer the parcels of a certificate: their names, and nothing else.

        Parameters
        ----------
        address
            Where the question comes from; it is counted, and forgotten after a minute.

        Raises
        ------
        UsageError
            ``bad_serial``.
        TooMany
            ``too_many_questions``; before anything is looked for.
        NotFound
            ``no_such_certificate``; also where all its land is withheld from the asker.
        """
        key = serial_key(serial)
        if key is None:
            raise UsageError("bad_serial", f"{serial[:80]!r} is no serial: it has digits")
        if not by.may(UNBOUNDED):
            self._count(by, address)
        known, today = self._store.of_serial(key), self._today()
        in_force = [one for one in known if one.state(today) == "in_force"]
        lands = [land for one in in_force or known if (land := self._land(one, by)) is not None]
        if not lands:
            raise NotFound(
                "no_such_certificate",
                f"The register knows no certificate {serial!r}: compare the letters and digits, or "
                "ask the land office, for not every certificate is noted yet",
            )
        return Certified(known[0].serial, "in_force" if in_force else "ended", tuple(lands))

    def _land(self, certificate: Certificate, by: Principal) -> Land | None:
        name = str(certificate.parcel_id)
        try:
            return Land(self._history.live(name, by), ())
        except NotFound as absent:
            if absent.code != "parcel_retired":
                return None
            return Land(self._history.shown(name, by), absent.data["successors"])

    def _count(self, by: Principal, address: str | None) -> None:
        asked, left_s = self._store.count_question(_asker(by, address), WINDOW_S)
        if asked > QUESTIONS:
            raise TooMany(
                "too_many_questions",
                f"{QUESTIONS} certificates may be asked for in {WINDOW_S} seconds; "
                f"try again in {left_s}",
                retry_after_s=left_s,
            )


def today_in(zone: Any) -> Callable[[], date]:
    """Answer a clock that tells the day in a time zone."""
    return lambda: datetime.now(zone).date()


def _last_said(certificates: Iterable[Certificate]) -> Iterable[Certificate]:
    """Answer one row a serial and parcel: what a table says last holds."""
    return {(one.key, one.parcel_id): one for one in certificates}.values()


def _asker(by: Principal, address: str | None) -> bytes:
    """Answer who is counted together, as a hash: an address is a person's."""
    try:
        whole = ip_address((address or "").partition("%")[0])
    except ValueError:
        whole = None
    if whole is not None and whole.version == 6:  # noqa: PLR2004
        address = str(ip_network((whole, HOUSEHOLD_BITS), strict=False))
    return hashlib.sha256(f"{by.name} {address}".encode()).digest()
