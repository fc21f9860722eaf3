"""What the stories of drafts need from the store, as protocols."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from landgis.cadastre.drafts import Draft, Heading, Paper, Pending, Preview, State
from landgis.cadastre.edits.net import NetChange
from landgis.cadastre.register import Principal, Units
from landgis.services.identifying.ports import Identifiers
from landgis.services.past_ports import Past
from landgis.services.ports import (
    History,
    LiveGround,
    Mends,
    Numbers,
    Parcels,
    Staging,
    Surveyed,
)


class HeldDraft(Protocol):
    """A draft whose row is locked: nobody else writes it until the block ends."""

    @property
    def draft(self) -> Draft: ...
    def preview(self) -> Preview | None: ...
    def keep_preview(self, preview: Preview) -> None: ...
    def take_step(self, preview: Preview, key: str | None) -> None: ...
    def go_to(self, step: int, key: str | None) -> None: ...
    def rename(self, heading: Heading, key: str | None) -> None: ...
    def attach(self, paper: Paper, by: str, key: str | None) -> None: ...
    def consent(self, parcel_id: UUID, text: str, by: str, key: str | None) -> None: ...
    def submit(self, net: NetChange, sha256: bytes, key: str | None) -> None: ...
    def give_back(self, by: Principal, comment: str, key: str | None) -> None: ...
    def abandon(self, key: str | None) -> None: ...


class Drafts(Protocol):
    """Drafts and their steps."""

    def create(self, draft_id: UUID, heading: Heading, by: Principal, key: str | None) -> None: ...
    def get(self, draft_id: UUID) -> Draft: ...
    def listed(
        self, *, state: State | None, author: str | None, reader: str, units: Units, limit: int
    ) -> list[Draft]: ...
    def net(self, draft: Draft) -> NetChange: ...
    def batch_of(self, draft: Draft) -> UUID | None: ...
    def pending(self, ids: Iterable[UUID], but: UUID) -> Mapping[UUID, Pending]: ...
    def held(self, draft_id: UUID) -> AbstractContextManager[HeldDraft]: ...


class Documents(Protocol):
    """Files by their content."""

    def put(self, sha256: bytes, media_type: str, content: bytes) -> None: ...
    def content(self, sha256: bytes) -> bytes: ...


class Claim(Protocol):
    """A request that is being answered for the first time, or the answer it got before."""

    @property
    def status(self) -> int | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, str]]: ...
    @property
    def body(self) -> bytes: ...
    def keep(self, status: int, headers: Sequence[tuple[str, str]], body: bytes) -> None: ...
    def release(self) -> None: ...


class Answers(Protocol):
    """Answers kept for requests that may be sent twice."""

    def claim(self, principal: str, route: str, key: str, body_sha256: bytes) -> Claim: ...


@dataclass(frozen=True)
class EditingStores:
    """Everything of the store that the stories of drafts use."""

    drafts: Drafts
    documents: Documents
    numbers: Numbers
    surveyed: Surveyed
    past: Past
    parcels: Parcels
    history: History
    staging: Staging
    mends: Mends
    ground: LiveGround
    identifiers: Identifiers
