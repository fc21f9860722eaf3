"""Copies that the client keeps in step with a real server, and ``landgis changes``."""

import json
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
import shapely
from flask import Flask, Response, request
from sqlalchemy import text
from werkzeug.serving import make_server

from landgis.bootstrap import Services
from landgis.client import Client
from landgis.client.copies import canonical, wkb
from landgis.errors import Conflict, UsageError
from landgis.ingest.evidence import Choices
from landgis.store.cluster import Cluster
from landgis.store.surveyed import SurveyedStore
from landgis.web.app import create_app
from landgis.web.errors import problem
from tests.builders import EAST, NORTH
from tests.conftest import Open
from tests.flow.test_import import DEMO, OFFICER
from tests.histories import Land, Register
from tests.own import own_services
from tests.running import environment

pytestmark = pytest.mark.db

UNIT = "25645"


def key_of(services: Services, *scopes: str) -> str:
    return services.access.create(f"copy{uuid4()}", frozenset({"register", *scopes}), None)


def department(url: str, services: Services, *scopes: str) -> Client:
    """The feed is for those who hold the scope ``register``."""
    return Client(url, key_of(services, *scopes))


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """The application behind a real socket."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def demo(
    cluster: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Services]:
    """A published demonstration register, edited by the tests of this module."""
    with own_services(cluster, template, tmp_path_factory.mktemp("home")) as services:
        batch = services.load.load(DEMO, Choices(), OFFICER).batch
        services.publish.publish(batch.batch_id, OFFICER)
        yield services


@pytest.fixture
def services(open_services: Open) -> Services:
    return open_services("vn-80")


@pytest.fixture
def register(services: Services) -> Register:
    return Register(services.database)


def strip(number: str, x: float = 0, use: str = "ODT", unit: str = UNIT) -> Land:
    geom = shapely.box(EAST + x, NORTH, EAST + x + 10, NORTH + 20)
    return Land(geom, f"{unit}/1/{number}", ((use, None),))


class Editing:
    """Changes a register at random, as officers do."""

    def __init__(self, register: Register, seed: int) -> None:
        self.register, self.chance, self.number = register, Random(seed), 900_000  # noqa: S311 - a test repeats itself

    def once(self) -> str:
        """Do one thing to some parcel and say what."""
        live = {p.parcel_id: p for p in SurveyedStore(self.register.database).in_units([UNIT])}
        acts = (self.split, self.merge, self.retire, self.withhold, self.address, self.undo)
        act = self.chance.choice(acts)
        act(live, self.chance.sample(sorted(live), 2))
        return act.__name__

    def land(self, geom: Any, **facts: Any) -> Land:
        self.number += 1
        return Land(geom, f"{UNIT}/999/{self.number}", **facts)

    def split(self, live: dict[UUID, Any], ids: list[UUID]) -> None:
        whole = live[ids[0]].geom
        west, south, east, north = whole.bounds
        middle = (west + east) / 2
        halves = [
            whole.intersection(shapely.box(*box))
            for box in ((west, south, middle, north), (middle, south, east, north))
        ]
        self.register.split(ids[0], *(self.land(half) for half in halves))

    def merge(self, live: dict[UUID, Any], ids: list[UUID]) -> None:
        self.register.divide(ids, self.land(shapely.union_all([live[i].geom for i in ids])))

    def retire(self, _live: dict[UUID, Any], ids: list[UUID]) -> None:
        self.register.change("edit", ids, {})

    def withhold(self, live: dict[UUID, Any], ids: list[UUID]) -> None:
        self.register.change(
            "edit", ids, {i: self.land(live[i].geom, uses=(("CQP", None),)) for i in ids}
        )

    def address(self, live: dict[UUID, Any], ids: list[UUID]) -> None:
        self.register.change(
            "edit", ids, {i: self.land(live[i].geom, address=f"Ấp {self.number}") for i in ids}
        )

    def undo(self, live: dict[UUID, Any], ids: list[UUID]) -> None:
        self.address(live, ids)
        with self.register.database.begin() as connection:
            last = connection.execute(text("SELECT max(revision) FROM revisions")).scalar_one()
        self.register.undo(last)


def rows(copy: Path) -> list[Any]:
    with closing(sqlite3.connect(copy)) as opened:
        return opened.execute("SELECT * FROM parcels ORDER BY parcel_id").fetchall()


def place(copy: Path) -> str:
    with closing(sqlite3.connect(copy)) as opened:
        return opened.execute("SELECT next FROM place").fetchone()[0]


def public(services: Services) -> list[str]:
    """Ids of the live parcels that are not withheld, as the register itself says."""
    query = text("SELECT parcel_id FROM parcels WHERE NOT withheld ORDER BY parcel_id")
    with services.database.begin() as connection:
        return [str(i) for i in connection.execute(query).scalars()]


def test_copies_of_the_demo_register_after_random_edits(demo: Services, tmp_path: Path) -> None:
    editing = Editing(Register(demo.database), seed=7)
    kept, late, of_unit = (tmp_path / f"{n}.sqlite" for n in ("kept", "late", "unit"))
    with serving(create_app(demo)) as url:
        office = department(url, demo)
        first = office.sync(kept)
        assert first == (1, len(public(demo)), 1, len(public(demo)))
        done = set()
        for n in range(12):
            done.add(editing.once())
            if n % 4 == 3:
                assert office.sync(kept).changes > 0
        assert len(done) >= 4, done
        synced, anew = office.sync(kept), office.sync(late)
        assert office.sync(of_unit, unit=UNIT).parcels == anew.parcels
        assert office.sync(late).changes == 0
        trusted = department(url, demo, "withheld")
        everything = trusted.sync(tmp_path / "all.sqlite")
    assert synced[:3] == anew[:3]
    assert rows(kept) == rows(late) == rows(of_unit)
    assert [row[0] for row in rows(kept)] == public(demo)
    assert everything.parcels > synced.parcels
    # The geometry that is kept is that of the parcel over HTTP, and another copy than it was.
    some = rows(kept)[1234]
    shown = create_app(demo).test_client().get(f"/api/v1/parcels/{some[0]}").json
    shapes = shapely.from_wkb(some[3]), shapely.geometry.shape(shown["geometry"])
    assert shapely.equals_exact(*shapes, tolerance=2e-9)
    assert json.loads(some[2])["number"] == shown["properties"]["number"]


@pytest.mark.parametrize(
    "harm",
    [
        "DELETE FROM parcels WHERE parcel_id = (SELECT min(parcel_id) FROM parcels)",
        "UPDATE parcels SET facts = replace(facts, '\"2\"', '\"3\"')",
        "UPDATE parcels SET geometry = zeroblob(93)",
        "UPDATE parcels SET unit_code = NULL",
    ],
)
def test_copy_that_differs_is_found(
    services: Services, register: Register, tmp_path: Path, harm: str
) -> None:
    register.publish(strip("1"), strip("2", 10))
    copy = tmp_path / "a.sqlite"
    with serving(create_app(services)) as url:
        department(url, services).sync(copy)
        with closing(sqlite3.connect(copy)) as opened, opened:
            assert opened.execute(harm).rowcount > 0
        with pytest.raises(Conflict) as found:
            department(url, services).sync(copy)
    assert found.value.code == "copy_differs"
    assert UNIT in found.value.data["units"]


def test_parcel_that_leaves_a_unit_leaves_its_copy(
    services: Services, register: Register, tmp_path: Path
) -> None:
    (a,) = register.publish(strip("1"))
    copy = tmp_path / "a.sqlite"
    with serving(create_app(services)) as url:
        assert department(url, services).sync(copy, unit=UNIT).parcels == 1
        register.change("edit", [a], {a: strip("1", unit="25459")})
        assert department(url, services).sync(copy, unit=UNIT)[:3] == (2, 0, 0)
        with pytest.raises(UsageError) as other:
            department(url, services).sync(copy)
    assert other.value.code == "other_copy"


def test_register_that_was_put_back_is_told_from_the_one_that_was_copied(
    services: Services, register: Register, tmp_path: Path
) -> None:
    register.publish(strip("1"))
    copy = tmp_path / "a.sqlite"
    with serving(create_app(services)) as url:
        department(url, services).sync(copy)
        register.tamper("UPDATE revisions SET changeset_sha256 = 'another'::bytea")
        with pytest.raises(Conflict) as found:
            department(url, services).sync(copy)
    assert (found.value.code, found.value.data["revision"]) == ("since_unknown", 1)


def test_register_that_changes_under_the_proof_is_read_again(
    services: Services, register: Register, tmp_path: Path
) -> None:
    (a,) = register.publish(strip("1"))
    app, once = create_app(services), [strip("1", 1)]

    def meddle() -> None:
        if request.path.endswith("/digest") and once:
            register.change("edit", [a], {a: once.pop()})

    app.before_request_funcs[None].append(meddle)
    with serving(app) as url:
        assert department(url, services).sync(tmp_path / "a.sqlite")[:2] == (2, 1)


def test_server_that_is_busy_is_asked_again_when_it_says(
    services: Services, register: Register
) -> None:
    register.publish(strip("1"))
    app, refusals, asked = create_app(services), [503, 429], list[int]()

    def refuse() -> Response | None:
        asked.append(1)
        if not refusals:
            return None
        answer = problem(refusals.pop(), "busy", "later")
        answer.headers["Retry-After"] = "0"
        return answer

    app.before_request_funcs[None].insert(0, refuse)
    with serving(app) as url:
        (page,) = Client(url, key_of(services), patience_s=30).changes()
    assert (page["revision"], len(asked)) == (1, 3)


def run(url: str, key: str, *arguments: object, home: Path) -> "subprocess.Popen[str]":
    command = ("changes", *map(str, arguments), "--server", url, "--key", key)
    return subprocess.Popen(
        [sys.executable, "-m", "landgis", *command],
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_killed_sync_goes_on_where_it_was(demo: Services, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite"
    app, asked, killed = create_app(demo), list[str](), threading.Event()

    def hold() -> None:
        asked.append(request.args.get("since", ""))
        if len(asked) == 3:
            process.kill()
            killed.wait(30)

    with serving(app) as url:
        process = run(url, key_of(demo), "sync", copy, home=tmp_path)
        app.before_request_funcs[None].append(hold)
        process.communicate(timeout=60)
        assert process.returncode == -signal.SIGKILL
        killed.set()
        assert place(copy) == asked[2]
        half = len(rows(copy))
        assert 0 < half < len(public(demo))
        again = run(url, key_of(demo), "sync", copy, home=tmp_path)
        said, errors = again.communicate(timeout=60)
    assert again.returncode == 0, errors
    assert f"{len(public(demo))} parcels in 1 unit(s), equal to the server's" in said
    assert asked[3] == asked[2]
    assert {json.loads(line)["stage"] for line in errors.splitlines()} == {"syncing"}
    assert [row[0] for row in rows(copy)] == public(demo)


@pytest.mark.parametrize(
    ("shape", "type_"),
    [
        (shapely.box(106.1, 11.2, 106.2, 11.3), "Polygon"),
        (shapely.box(0, 0, 9, 9).difference(shapely.box(1, 1, 2, 2)), "Polygon"),
        (shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(2, 2, 3, 3)]), "MultiPolygon"),
    ],
)
def test_geometry_is_written_as_wkb(shape: Any, type_: str) -> None:
    mapped = json.loads(json.dumps(shapely.geometry.mapping(shape)))
    assert mapped["type"] == type_
    assert wkb(mapped) == shapely.to_wkb(shape, byte_order=1)


def test_facts_are_written_in_one_way() -> None:
    facts = {
        "b": 100.0,
        "a": 0.1,
        "ấp": "Đông\n",
        "n": None,
        "u": [{"code": "ODT", "area_m2": 5.0}],
    }
    assert canonical(facts).decode() == (
        '{"a":0.1,"b":100,"n":null,"u":[{"area_m2":5,"code":"ODT"}],"ấp":"Đông\\n"}'
    )


def test_file_that_is_no_copy(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<!doctype html>" * 99)
    never: Callable[..., Any] = Client("http://127.0.0.1:1", patience_s=0).sync
    with pytest.raises(UsageError) as found:
        never(page)
    assert found.value.code == "copy_unusable"
    assert page.read_text().startswith("<!doctype html>")
