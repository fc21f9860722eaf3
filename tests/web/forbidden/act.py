"""A forbidden act with the answer it must get, the list of them, and words to say them in."""

from collections.abc import Callable
from typing import Any, NamedTuple

from werkzeug.test import TestResponse

from landgis.services.editing.operations import Split
from landgis.services.editing.showing import Shown
from tests.office import Office
from tests.people import HOA_THANH, Browser

WARD = frozenset({HOA_THANH})
HEADING = {"record_no": "HS-1", "reason": "tách thửa"}

Try = Callable[[Office], TestResponse]


class Act(NamedTuple):
    what: str
    status: int
    code: str | None
    attempt: Try


ACTS: list[Act] = []


def refused(what: str, status: int, code: str | None) -> Callable[[Try], Try]:
    """Enter an act in the list, with the answer it must get."""

    def enter(attempt: Try) -> Try:
        ACTS.append(Act(what, status, code, attempt))
        return attempt

    return enter


def path(shown: Shown, act: str = "") -> str:
    return f"/api/v1/drafts/{shown.draft.draft_id}{act}"


def seen(shown: Shown) -> dict[str, str]:
    return {"If-Match": f'"{shown.draft.rev}"'}


def approval(shown: Shown, **more: object) -> dict[str, Any]:
    return {"json": {"sha256": shown.sha256.hex(), **more}, "headers": seen(shown)}


def splitting(cut: Split) -> dict[str, Any]:
    halves = [{"register_area_m2": 50.0, "land_uses": []}] * 2
    body = {"op": "split", "parcel_id": str(cut.parcel_id), "line": cut.line, "epsg": cut.epsg}
    return {**body, "allocation": halves}


def enter(office: Office, login: str) -> Browser:
    browser = Browser(office.app)
    assert browser.sign_in(login).status_code == 303
    return browser
