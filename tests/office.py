"""A small office for tests of rights: squares in two communes, one account a role and commune."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import NamedTuple
from uuid import UUID, uuid4

import shapely
from flask import Flask

from landgis.bootstrap import Services
from landgis.cadastre.drafts import Heading
from landgis.cadastre.edits import Allotment
from landgis.cadastre.register import Principal
from landgis.cadastre.roles import ROLES
from landgis.ingest.evidence import Choices
from landgis.services.editing.asked import Asked
from landgis.services.editing.operations import Split
from landgis.services.editing.showing import Shown
from landgis.store.cluster import Cluster
from landgis.web.app import create_app
from tests.builders import EAST, NORTH, square
from tests.histories import Land, Register
from tests.own import own_services
from tests.people import HOA_THANH, ROOT, TAN_NINH, Browser, person, with_people

COMMUNES = {"own": HOA_THANH, "other": TAN_NINH}
"""Where a role is held: every object of the tests lies in the first."""

SQUARES, FOREIGN = 90, 20
PDF = b"%PDF-1.7\n"


class Square(NamedTuple):
    """A parcel of 10 m by 10 m, its south-west corner x, y metres from the place."""

    parcel_id: UUID
    x: float
    y: float

    def halving(self) -> Split:
        """The operation that halves it from south to north."""
        middle, south = EAST + self.x + 5, NORTH + self.y
        halves = (Allotment(50.0, ()), Allotment(50.0, ()))
        return Split(self.parcel_id, ((middle, south - 1), (middle, south + 11)), 9209, halves)


@dataclass
class Office:
    """Services, people and land; squares are used up one by one."""

    services: Services
    app: Flask
    squares: Iterator[Square]
    foreign: Iterator[Square]
    """Those of the other commune."""

    withheld: UUID
    """A parcel of defence land."""

    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def browser(self, role: str, place: str = "own") -> Browser:
        """A browser in which the account of a role has signed in."""
        browser = Browser(self.app)
        browser.sign_in(login_of(role, place))
        return browser

    def principal(self, login: str) -> Principal:
        return self.services.accounts.get(login, ROOT).principal()

    def key(self, scope: str, place: str = "own") -> str:
        units = frozenset({COMMUNES[place]})
        return self.services.access.create(f"{scope}-{place}", frozenset({scope}), units)

    def newcomer(self, *roles: tuple[str, frozenset[str] | None], **more: str) -> str:
        """The login of an account made just now."""
        return person(self.services, f"n{next(self.numbers)}", *roles, **more)

    def batch(self, by: str = "officer-own") -> UUID:
        """A staged file, handed in by an account."""
        folder = Path(self.services.settings.home)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{uuid4().hex}.geojson"
        path.write_bytes(a_file())
        return self.services.load.load(
            path, Choices(crs=9209, unit=HOA_THANH), self.principal(by)
        ).batch.batch_id

    def draft(
        self, state: str = "open", author: str = "officer-own", land: Square | None = None
    ) -> Shown:
        """A draft that halves a square: ``new`` (no step yet), ``open`` or ``submitted``."""
        by, stories = self.principal(author), self.services.editing
        heading = Heading(f"HS-{next(self.numbers)}", "tách thửa", "Quyết định 1")
        shown = stories.drafts.create(heading, by, None)
        if state == "new":
            return shown
        draft_id, cut = shown.draft.draft_id, (land or next(self.squares)).halving()
        tried = stories.previews.attempt(draft_id, Asked(by, shown.draft.rev), cut)
        shown = stories.drafts.commit(draft_id, Asked(by, shown.draft.rev), tried.token)
        if state == "submitted":
            shown = stories.drafts.submit(draft_id, Asked(by, shown.draft.rev))
        return shown


def login_of(role: str, place: str) -> str:
    return f"{role}-{place}"


def a_file() -> bytes:
    """A parcel file that no other is equal to."""
    shape = shapely.geometry.mapping(square(0, 200))
    properties = {"TO_BAN_DO": "7", "SO_THUA": "1", "note": uuid4().hex}
    feature = {"type": "Feature", "properties": properties, "geometry": shape}
    return json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()


@contextmanager
def open_office(cluster: Cluster, template: str, home: Path) -> Iterator[Office]:
    """An office on a database of its own."""
    with own_services(cluster, template, home) as opened:
        yield _furnished(with_people(opened))


def _furnished(services: Services) -> Office:
    for role in ROLES:
        for place, unit in COMMUNES.items():
            person(services, login_of(role, place), (role, frozenset({unit})))
    places = [(20.0 * i, 0.0) for i in range(SQUARES)]
    others = [(20.0 * i, 50.0) for i in range(FOREIGN)]
    ids = Register(services.database).publish(
        *(Land(square(*p), f"{HOA_THANH}/1/{i + 1}", ()) for i, p in enumerate(places)),
        *(Land(square(*p), f"{TAN_NINH}/1/{i + 1}", ()) for i, p in enumerate(others)),
        Land(square(0, 100), f"{HOA_THANH}/2/1", (("CQP", None),)),
    )
    made = [Square(i, *p) for i, p in zip(ids, places + others, strict=False)]
    squares, foreign = iter(made[:SQUARES]), iter(made[SQUARES:])
    return Office(services, create_app(services), squares, foreign, withheld=ids[-1])
