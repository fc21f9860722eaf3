"""What a script can ask of a server."""

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode
from uuid import uuid4

from landgis.client import copies
from landgis.client.asking import Server
from landgis.client.copies import Synced
from landgis.client.sending import Tell, fingerprint, in_one_file, send
from landgis.errors import Conflict, Unavailable

LOOK_EVERY_S = 0.25
"""How soon a batch is looked at again first; later every ``SLOWEST_LOOK_S``."""

SLOWEST_LOOK_S = 2.0
ROWS_AT_ONCE = PARCELS_AT_ONCE = 1000
FORM = "application/x-www-form-urlencoded"

AT_WORK = frozenset({"queued", "reading", "validating", "publishing"})


class HandedIn(NamedTuple):
    """What a file has become."""

    batches: list[dict[str, Any]]
    """One document for each layer; ``already_imported`` says of each whether it was there."""

    left_out: list[str]


class Client:
    """A server and a key for it; what is public needs none.

    Parameters
    ----------
    url
        Where the server is, with the path before ``/api`` if there is one.
    key
        Of ``landgis keys create``.
    patience_s
        How long a server that does not answer is asked again, in seconds.
    """

    def __init__(self, url: str, key: str | None = None, *, patience_s: float = 120.0) -> None:
        self._server = Server(url, key, patience_s)

    def import_file(
        self, path: Path, choices: Mapping[str, Any] | None = None, *, tell: Tell = lambda *_: None
    ) -> HandedIn:
        """Hand in a file; the same file again answers with what it became the first time.

        An upload that was interrupted, in this process or an earlier one, is continued.

        Parameters
        ----------
        path
            A file; a .shp is sent with its .dbf, .shx, .prj and .cpg, which lie beside it.
        choices
            Fields of ``POST /api/v1/imports``: ``crs``, ``unit``, ``map`` (a list) and so on.
        tell
            Told the stage, how much is done, and of how much.

        Raises
        ------
        LandgisError
            What the server answers; ``Unavailable`` ``server_unreachable``.
        """
        said = [(name, value) for name, value in (choices or {}).items() if value is not None]
        with in_one_file(path) as file:
            sha256 = fingerprint(file)
            # Under the first key the server may know an upload of these bytes: to be continued,
            # or used up by an import with other choices.
            for key in (sha256, str(uuid4())):
                upload = send(self._server, file, sha256, key, tell)
                if upload is None:
                    continue
                form = urlencode([("upload", upload), *said], doseq=True).encode()
                try:
                    answer = self._server.post("/api/v1/imports", form, FORM).document()
                except Conflict as conflict:
                    if conflict.code != "upload_used":
                        raise
                    continue
                return HandedIn(answer["batches"], answer["left_out"])
        raise Unavailable("upload_lost", f"{path.name}: the server forgot the upload; try again")

    def wait(
        self, batch_id: str, *, published: bool = False, tell: Tell = lambda *_: None
    ) -> dict[str, Any]:
        """Answer a batch as soon as nobody works at it any more.

        Parameters
        ----------
        published
            True: its publication is asked for; wait for that, or for why it is not possible.
        tell
            Told the stage, how much is done, and of how much.
        """
        pause = LOOK_EVERY_S
        while True:
            batch = self.batch(batch_id)
            progress = batch["progress"]
            if progress:
                tell(progress["stage"], progress["done"], progress["total"])
            is_next = published and batch["status"] == "staged" and not batch["error"]
            if batch["status"] not in AT_WORK and not is_next:
                return batch
            time.sleep(pause)
            pause = min(pause * 1.3, SLOWEST_LOOK_S)

    def batch(self, batch_id: str) -> dict[str, Any]:
        """Answer a batch: status, progress, counts, evidence."""
        found: dict[str, Any] = self._server.get(f"/api/v1/imports/{batch_id}").document()
        return found

    def rows(self, batch_id: str, state: str | None = None) -> Iterator[dict[str, Any]]:
        """Give every row of a batch with its fate and raw attributes (personal data)."""
        after = 0
        while True:
            query = {"after": after, "limit": ROWS_AT_ONCE} | ({"state": state} if state else {})
            path = f"/api/v1/imports/{batch_id}/rows?{urlencode(query)}"
            rows = self._server.get(path).document()["rows"]
            yield from rows
            if len(rows) < ROWS_AT_ONCE:
                return
            after = rows[-1]["row"]

    def report(self, batch_id: str) -> dict[str, Any]:
        """Answer the report of a batch."""
        found: dict[str, Any] = self._server.get(f"/api/v1/imports/{batch_id}/report").document()
        return found

    def report_file(self, batch_id: str, form: str, lang: str | None = None) -> bytes:
        """Answer the report as a file: ``json``, ``html``, ``xlsx`` or ``gpkg``."""
        query = urlencode({"format": form} | ({"lang": lang} if lang else {}))
        return self._server.get(f"/api/v1/imports/{batch_id}/report?{query}").body

    def publish(self, batch_id: str) -> dict[str, Any]:
        """Have a batch published; ``wait`` tells when it is."""
        found: dict[str, Any] = self._server.post(f"/api/v1/imports/{batch_id}/publish").document()
        return found

    def cancel(self, batch_id: str) -> dict[str, Any]:
        """End a batch that is not published."""
        found: dict[str, Any] = self._server.post(f"/api/v1/imports/{batch_id}/cancel").document()
        return found

    def parcel(self, name: str) -> dict[str, Any]:
        """Answer a parcel as GeoJSON by its UUID, fid or national identifier."""
        found: dict[str, Any] = self._server.get(f"/api/v1/parcels/{name}").document()
        return found

    def search(self, question: str, *, limit: int = 10) -> dict[str, Any]:
        """Answer what people may mean by a question: ``results``, the likeliest first."""
        query = urlencode({"q": question, "limit": limit})
        found: dict[str, Any] = self._server.get(f"/api/v1/search?{query}").document()
        return found

    def changes(
        self, since: str = "0", *, unit: str | None = None, geometry: bool = True
    ) -> Iterator[dict[str, Any]]:
        """Give what changed behind a place of the feed, page by page, until there is no more.

        The ``next`` of a page is where to go on, in this process or any later one:

        >>> for page in office.changes(kept_place):  # doctest: +SKIP
        ...     with my_database.begin():
        ...         apply(page["changes"])
        ...         keep(page["next"])

        Parameters
        ----------
        since
            A revision, or the ``next`` of a page; ``"0"``: from the beginning.
        unit
            Code of a unit: only parcels that were or are in it.
        geometry
            False: facts only.

        Raises
        ------
        Conflict
            ``since_unknown``: the register was put back to an earlier state; begin anew.
        """
        choices = {"limit": PARCELS_AT_ONCE, "geometry": str(geometry).lower()}
        choices |= {} if unit is None else {"unit": unit}
        more = True
        while more:
            path = f"/api/v1/changes?{urlencode({'since': since, **choices})}"
            page: dict[str, Any] = self._server.get(path).document()
            yield page
            since, more = page["next"], page["more"]

    def digest(self, unit: str | None = None, revision: int | None = None) -> dict[str, Any]:
        """Answer count and hash of each unit's parcels at the newest revision.

        Raises
        ------
        Conflict
            ``not_the_newest``: ``revision`` is no more the newest.
        """
        asked = {"unit": unit, "revision": revision}
        query = urlencode({name: value for name, value in asked.items() if value is not None})
        found: dict[str, Any] = self._server.get(f"/api/v1/changes/digest?{query}").document()
        return found

    def sync(self, copy: Path, *, unit: str | None = None, tell: Tell = lambda *_: None) -> Synced:
        """Bring a copy of the register up to date and prove it; see ``landgis.client.copies``.

        Parameters
        ----------
        copy
            A SQLite file, which is made when it is not there.
        unit
            Code of the unit that the copy is of; None: of all.

        Raises
        ------
        Conflict
            ``copy_differs``, ``since_unknown``: take a new copy; ``copy_in_use``.
        UsageError
            ``copy_unusable``, ``other_copy``.
        """
        return copies.sync(self, copy, unit, tell)
