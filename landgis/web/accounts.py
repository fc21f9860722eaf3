"""Accounts for administrators: one page of forms, and the same over JSON."""

from typing import Annotated, Any

from flask import Blueprint, Response, jsonify, request
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field

from landgis.bootstrap import Services
from landgis.cadastre.accounts import Account
from landgis.cadastre.register import Units
from landgis.cadastre.roles import ROLES
from landgis.errors import LandgisError, UsageError
from landgis.services.people.accounts import AccountService, Made
from landgis.web.access import principal, require
from landgis.web.form_pages import FormPages
from landgis.web.parcels import Name, NoQuery

TAG = Tag(name="accounts", description="Accounts of people, for administrators")
LIMIT_UNITS = 1000

DONE = ("granted", "revoked", "disabled", "enabled")
"""What the page can say that it has done."""


class AccountBody(BaseModel):
    """A new account."""

    model_config = ConfigDict(extra="forbid")
    login: Name
    shown_as: Annotated[str, Field(max_length=200)]
    same_person_as: Name | None = Field(None, description="login of another account of this human")


class RoleBody(BaseModel):
    """Where a role is to hold."""

    model_config = ConfigDict(extra="forbid")
    units: list[Name] | None = Field(
        max_length=LIMIT_UNITS, description="codes of units; null: everywhere"
    )


class LoginPath(BaseModel):
    """Which account."""

    model_config = ConfigDict(extra="forbid")
    login: Name


class RolePath(LoginPath):
    """Which role of which account."""

    role: Name


def api_blueprint(stories: AccountService) -> APIBlueprint:
    """Answer the routes of accounts over JSON."""
    api = APIBlueprint("accounts_api", __name__, url_prefix="/api/v1/accounts", abp_tags=[TAG])

    @api.get("", summary="Every account")
    @require("accounts")
    def listed(query: NoQuery) -> Response:  # noqa: ARG001 - refuses parameters
        return jsonify({"accounts": [_document(a) for a in stories.listed(principal())]})

    @api.post("", summary="Make an account; the password is shown this once: 201")
    @require("accounts")
    def create(body: AccountBody) -> tuple[Response, int]:
        made = stories.create(
            body.login, body.shown_as, principal(), same_person_as=body.same_person_as
        )
        return _made(made), 201

    @api.get("/<login>", summary="One account")
    @require("accounts")
    def one(path: LoginPath, query: NoQuery) -> Response:  # noqa: ARG001 - refuses parameters
        return jsonify(_document(stories.get(path.login, principal())))

    @api.put("/<login>/roles/<role>", summary="Give a role in exactly these units")
    @require("accounts")
    def grant(path: RolePath, body: RoleBody) -> Response:
        units = None if body.units is None else frozenset(body.units)
        return jsonify(_document(stories.grant(path.login, path.role, units, principal())))

    @api.delete("/<login>/roles/<role>", summary="Take a role away")
    @require("accounts")
    def revoke(path: RolePath) -> Response:
        return jsonify(_document(stories.revoke(path.login, path.role, principal())))

    @api.post("/<login>/reset", summary="Give a new password; TOTP and sessions go")
    @require("accounts")
    def reset(path: LoginPath) -> Response:
        return _made(stories.reset(path.login, principal()))

    @api.post("/<login>/disable", summary="Close an account and end its sessions")
    @require("accounts")
    def disable(path: LoginPath) -> Response:
        return jsonify(_document(stories.disable(path.login, principal())))

    @api.post("/<login>/enable", summary="Open a disabled account again")
    @require("accounts")
    def enable(path: LoginPath) -> Response:
        return jsonify(_document(stories.enable(path.login, principal())))

    return api


def _made(made: Made) -> Response:
    return jsonify({"account": _document(made.account), "password": made.password})


def _document(account: Account) -> dict[str, Any]:
    return {
        "login": account.login,
        "shown_as": account.shown_as,
        "person": account.person,
        "must_change": account.must_change,
        "has_totp": account.has_totp,
        "disabled_at": account.disabled_at.isoformat() if account.disabled_at else None,
        "roles": [
            {"role": role, "units": None if units is None else sorted(units)}
            for role, units in account.roles
        ],
    }


def blueprint(services: Services) -> Blueprint:
    """Answer the page of accounts and what its forms send."""
    pages, forms, stories = Blueprint("accounts", __name__), FormPages(services), services.accounts

    def show(made: Made | None = None, wrong: LandgisError | None = None) -> Response:
        done = request.args.get("done")
        return forms.show(
            "accounts.html",
            wrong=wrong,
            made=made,
            done=done if done in DONE and wrong is None and made is None else None,
            accounts=stories.listed(principal()),
            roles=list(ROLES),
            form=request.form if wrong is not None else {},
            action=forms.url("/accounts"),
        )

    @pages.get("/accounts")
    @require("accounts")
    def page() -> Response:
        return show()

    @pages.post("/accounts")
    @require("accounts")
    def act() -> Response:
        try:
            outcome = _act(stories)
        except LandgisError as wrong:
            return show(wrong=wrong)
        if isinstance(outcome, Made):  # shown at once: the password is nowhere else
            return show(made=outcome)
        return forms.see(forms.url("/accounts", done=outcome))

    return pages


def _act(stories: AccountService) -> Made | str:
    """Do what a form of the page asks for; answer what the page then says."""
    form, by = request.form, principal()
    login, role = form.get("login", "").strip(), form.get("role", "")
    match form.get("act"):
        case "create":
            same = form.get("same_person_as", "").strip() or None
            return stories.create(login, form.get("shown_as", ""), by, same_person_as=same)
        case "reset":
            return stories.reset(login, by)
        case "grant":
            stories.grant(login, role, _units(), by)
            return "granted"
        case "revoke":
            stories.revoke(login, role, by)
            return "revoked"
        case "disable":
            stories.disable(login, by)
            return "disabled"
        case "enable":
            stories.enable(login, by)
            return "enabled"
        case other:
            raise UsageError("unknown_act", f"The accounts page knows no act {other!r}")


def _units() -> Units:
    """Answer the units that the form names; everywhere only when it says so."""
    if request.form.get("everywhere") == "1":
        return None
    return frozenset(request.form.get("units", "").replace(",", " ").split())
