"""Who asks for a write of a draft, what he saw of it, and whether he asks a second time."""

from collections.abc import Container
from dataclasses import dataclass

from landgis.cadastre.drafts import Draft, State
from landgis.cadastre.register import Principal
from landgis.errors import Conflict


@dataclass(frozen=True)
class Asked:
    """A request to write a draft."""

    by: Principal
    rev: int
    """Of the draft as the asker saw it."""

    key: str | None = None
    """Names the request: the same again is not done again. None: it has no name."""

    def is_done(self, draft: Draft) -> bool:
        """Answer whether this very request is the last that was done to a draft."""
        return self.key is not None and self.key == draft.last_key

    def check(self, draft: Draft, states: Container[State]) -> None:
        """Let pass what was seen as it is and may still be written.

        Raises
        ------
        Conflict
            ``stale_draft``, ``draft_not_open``.
        """
        name = draft.heading.record_no
        if draft.rev != self.rev:
            raise Conflict(
                "stale_draft",
                f"Dossier {name} has changed since you read it (revision {self.rev}, now "
                f"{draft.rev}); read it again",
                rev=draft.rev,
            )
        if draft.state not in states:
            raise Conflict(
                "draft_not_open",
                f"Dossier {name} is {draft.state} and cannot be changed",
                state=draft.state,
            )
