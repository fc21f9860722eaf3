"""What files and withheld land hold."""

from werkzeug.test import TestResponse

from tests.office import Office
from tests.web.forbidden.act import WARD, enter, path, refused, seen, splitting


@refused("raw rows read by an officer of another commune", 404, "no_such_batch")
def _(office: Office) -> TestResponse:
    return office.browser("officer", "other").get(f"/api/v1/imports/{office.batch()}/rows")


@refused("raw rows read by a registrar of one commune", 404, "no_such_batch")
def _(office: Office) -> TestResponse:
    return office.browser("registrar").get(f"/api/v1/imports/{office.batch()}/rows")


@refused("somebody else's file published", 404, "no_such_batch")
def _(office: Office) -> TestResponse:
    colleague = enter(office, office.newcomer(("officer", WARD)))
    return colleague.post(f"/api/v1/imports/{office.batch()}/publish")


@refused("defence land looked up by an officer", 404, "no_such_parcel")
def _(office: Office) -> TestResponse:
    return office.browser("officer").get(f"/api/v1/parcels/{office.withheld}")


@refused("defence land looked up by a registrar of another commune", 404, "no_such_parcel")
def _(office: Office) -> TestResponse:
    return office.browser("registrar", "other").get(f"/api/v1/parcels/{office.withheld}")


@refused("the history of defence land read by an officer", 404, "no_such_parcel")
def _(office: Office) -> TestResponse:
    return office.browser("officer").get(f"/api/v1/parcels/{office.withheld}/history")


@refused("defence land named as what an officer wants to draw on", 404, "no_such_parcel")
def _(office: Office) -> TestResponse:
    words = {"parcel": str(office.withheld)}
    return office.browser("officer").get(path(office.draft(), "/context"), query_string=words)


@refused("defence land divided by an officer", 404, "no_such_parcel")
def _(office: Office) -> TestResponse:
    shown = office.draft("new")
    theirs = next(office.squares)._replace(parcel_id=office.withheld).halving()
    sent = {"json": splitting(theirs), "headers": seen(shown)}
    return office.browser("officer").post(path(shown, "/preview"), **sent)
