"""One dossier from its first line to its approval, over HTTP."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from proofs.person import Answer, Person

OK = 200
CREATED = 201


class Refusal(Exception):
    """The server said no; nothing has been changed."""

    def __init__(self, step: str, answer: Answer) -> None:
        super().__init__(f"{step}: {answer.status} {answer.code} {answer.body}")
        self.step = step
        self.answer = answer


@dataclass
class Dossier:
    """A draft as its author holds it."""

    author: Person
    draft_id: str
    rev: int
    sha256: str | None = None

    @classmethod
    def open(cls, author: Person, reason: str) -> "Dossier":
        """Begin a dossier with its basis named."""
        body = {"record_no": f"HS {uuid4().hex[:8]}", "reason": reason, "basis": "Đơn đề nghị"}
        answer = author.post("/api/v1/drafts", body)
        if answer.status != CREATED:
            raise Refusal("create", answer)
        return cls(author, answer.body["id"], answer.body["rev"])

    def do(self, operation: dict[str, Any]) -> dict[str, Any]:
        """Preview an operation, take the proposed allocation, commit; answer the change."""
        preview = self.step("preview", operation)
        if preview["refusal"] and preview["refusal"]["code"] == "allocation_missing":
            preview = self.step("preview", {**operation, "allocation": preview["proposal"]})
        self.step("commit", {"token": preview["token"]})
        change: dict[str, Any] = preview["change"]
        return change

    def submit(self) -> "Dossier":
        """Hand it to a reviewer."""
        self.sha256 = self.step("submit", {})["sha256"]
        return self

    def approve(self, reviewer: Person, key: str | None = None) -> Answer:
        """Ask for its approval, as it was shown."""
        path = f"/api/v1/drafts/{self.draft_id}/approve"
        return reviewer.post(path, {"sha256": self.sha256}, rev=self.rev, key=key)

    def step(self, step: str, body: dict[str, Any]) -> dict[str, Any]:
        """Take one step of the dossier; answer what the server says."""
        path = f"/api/v1/drafts/{self.draft_id}/{step}"
        answer = self.author.post(path, body, rev=self.rev)
        if answer.status != OK:
            raise Refusal(step, answer)
        document: dict[str, Any] = answer.body
        self.rev = document.get("rev", self.rev)
        return document
