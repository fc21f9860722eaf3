"""Forbidden acts, thought up one by one and tried over HTTP: what must not work does not.

Written apart from the table of rights: people who know the system try to get around it.
"""

import pytest

from tests.office import Office
from tests.web.forbidden import drafts, holdings, roles, sessions  # noqa: F401 - they fill ACTS
from tests.web.forbidden.act import ACTS, HEADING, Act, enter, splitting

pytestmark = pytest.mark.db


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.what.replace(" ", "-"))
def test_forbidden(office: Office, act: Act) -> None:
    answer = act.attempt(office)
    assert answer.status_code == act.status, answer.text[:500]
    if act.code is not None:
        assert answer.json["code"] == act.code, answer.text[:500]


def test_the_list_is_as_long_as_it_was_promised() -> None:
    assert len(ACTS) >= 40
    assert len({act.what for act in ACTS}) == len(ACTS)


def test_the_same_acts_work_for_those_who_may(office: Office) -> None:
    """Without this the list would pass on a system that refuses everything."""
    officer, reviewer = office.browser("officer"), office.browser("reviewer")
    made = officer.post("/api/v1/drafts", json={**HEADING, "basis": "Quyết định 2"})
    where, body = f"/api/v1/drafts/{made.json['id']}", splitting(next(office.squares).halving())
    rev = {"If-Match": made.headers["ETag"]}
    tried = officer.post(f"{where}/preview", json=body, headers=rev)
    token = {"token": tried.json["token"]}
    taken = officer.post(f"{where}/commit", json=token, headers=rev)
    rev = {"If-Match": taken.headers["ETag"]}
    sent = officer.post(f"{where}/submit", headers=rev)
    assert sent.json["state"] == "submitted"
    shown = reviewer.get(where)
    body, rev = {"sha256": shown.json["sha256"]}, {"If-Match": shown.headers["ETag"]}
    approved = reviewer.post(f"{where}/approve", json=body, headers=rev)
    assert (approved.status_code, approved.json["state"]) == (200, "approved")
    batch = office.batch()
    assert officer.get(f"/api/v1/imports/{batch}/rows").json["rows"]
    everywhere = enter(office, office.newcomer(("registrar", None)))
    assert everywhere.get(f"/api/v1/parcels/{office.withheld}").status_code == 200
