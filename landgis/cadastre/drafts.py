"""Work in progress as values: a draft, what it rests on, and what was last tried in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from landgis.cadastre.edits.net import NetChange

State = Literal["open", "submitted", "returned", "approved", "abandoned"]

PENDING: tuple[State, ...] = ("open", "submitted", "returned")
"""States in which a draft may still change the register."""

CHANGEABLE: tuple[State, ...] = ("open", "returned")
"""States in which its author may change a draft."""


@dataclass(frozen=True)
class Paper:
    """A file that a draft rests on."""

    sha256: bytes
    name: str
    media_type: str
    bytes: int


@dataclass(frozen=True)
class Heading:
    """What a draft says about itself beside its change."""

    record_no: str
    """Number of the dossier, as the office files it."""

    reason: str
    basis: str | None = None
    """Reference to the document it rests on; None: none, or a file only."""


@dataclass(frozen=True)
class Consent:
    """What those say whose boundary a draft moves, or that they have not been asked yet."""

    parcel_id: UUID
    """Their parcel."""

    text: str | None
    """Who said it, when and on which paper; None: nothing is said yet."""


@dataclass(frozen=True)
class Draft:
    """A change of the register on its way from its author to another person's approval."""

    draft_id: UUID
    heading: Heading
    papers: tuple[Paper, ...]
    author: str
    author_person: str
    author_shown_as: str
    state: State
    rev: int
    """Grows by one with every write of the draft."""

    step: int
    """Step that it stands at; 0: nothing done, or everything undone."""

    steps: int
    touched: tuple[UUID, ...]
    """Every parcel of its change."""

    units: tuple[str, ...]
    """Units of these parcels; ``""`` for parcels in no unit."""

    submitted_sha256: bytes | None
    submitted_at: datetime | None
    reviewer: str | None
    reviewer_shown_as: str | None
    comment: str | None
    decided_at: datetime | None
    revision: int | None
    """Revision of the register that it became."""

    last_key: str | None
    """Idempotency key of the last write: the same request again finds it done."""

    created_at: datetime
    updated_at: datetime
    consents: tuple[Consent, ...] = ()
    """One for each parcel whose boundary a fix moves by more than a millimetre."""


@dataclass(frozen=True)
class Preview:
    """A step that was tried and may be taken."""

    token: str
    rev: int
    """Of the draft when it was tried."""

    op: Mapping[str, Any]
    """What was asked for, as JSON."""

    net: NetChange
    """The draft's whole change with this step."""

    refusal: Mapping[str, Any] | None
    """``code`` and ``detail`` of what keeps it from being taken; None: nothing does."""


@dataclass(frozen=True)
class Pending:
    """Another draft that is about to change a parcel."""

    record_no: str
    author_shown_as: str
    since: datetime
