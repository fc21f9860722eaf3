"""Accounts as stories: passwords, codes, and what one administrator may do to whom."""

import re

import pyotp
import pytest

from landgis.cadastre.accounts import Account
from landgis.cadastre.register import Principal
from landgis.errors import (
    Conflict,
    LandgisError,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    Refused,
    TooMany,
)
from landgis.services.people.accounts import AccountService
from landgis.services.people.passwords import COMMON, Passwords, generated, refuse_weak
from landgis.services.people.sign_in import SignInService
from landgis.store.database import Database
from tests.people import CHEAP, HOA_THANH, PASSWORD, ROOT, TAN_NINH, Clock, account_stories

pytestmark = pytest.mark.db
WARD = frozenset({HOA_THANH})


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def stories(database: Database, clock: Clock) -> tuple[AccountService, SignInService]:
    return account_stories(database, clock)


@pytest.fixture
def accounts(stories: tuple[AccountService, SignInService]) -> AccountService:
    return stories[0]


@pytest.fixture
def sign_in(stories: tuple[AccountService, SignInService]) -> SignInService:
    return stories[1]


@pytest.fixture
def lan(accounts: AccountService) -> Account:
    return accounts.create("lan", "Lan", ROOT, password=PASSWORD).account


def admin_of(unit: str, login: str = "boss") -> Principal:
    return Principal(f"user:{login}", {"accounts": frozenset({unit})}, login, login)


def refusal(raising: type[LandgisError], story, *args, **named) -> str:
    with pytest.raises(raising) as refused:
        story(*args, **named)
    return refused.value.code


def enrolled(sign_in: SignInService, account: Account, clock: Clock) -> pyotp.TOTP:
    """Join a telephone; the clock then stands in the next step."""
    sign_in.begin_totp(account)
    totp = pyotp.TOTP(sign_in.pending_totp(account).secret.replace(" ", ""))
    sign_in.confirm_totp(account, totp.at(clock.now))
    clock.pass_(seconds=30)
    return totp


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("elevenchars", "password_too_short"),
        ("x" * 257, "password_too_long"),
        ("Nguyen.Thi.Lan", "password_is_login"),
        ("Matkhau123456", "password_common"),
        ("zzzzzzzzzzzzzzzz", "password_common"),
    ],
)
def test_weak_password_is_refused(password: str, code: str) -> None:
    assert refusal(Refused, refuse_weak, password, "nguyen.thi.lan") == code


def test_list_of_common_passwords_holds_none_that_is_refused_anyway() -> None:
    assert {len(word) >= 12 for word in COMMON} == {True}
    assert {word == word.casefold() for word in COMMON} == {True}


def test_generated_password_passes_our_own_rules_and_is_never_the_same() -> None:
    made = {generated() for _ in range(50)}
    assert len(made) == 50
    for password in made:
        refuse_weak(password, "lan")


def test_password_is_argon2id_and_one_however_its_letters_are_typed() -> None:
    passwords = Passwords()
    kept = passwords.hash("một mật khẩu dài")
    assert re.match(r"\$argon2id\$v=19\$m=65536,t=3,p=4\$", kept)
    decomposed = "mo\u0323\u0302t ma\u0323\u0302t kha\u0302\u0309u da\u0300i"
    assert passwords.is_right(kept, decomposed)
    assert not passwords.is_right(kept, "một mật khẩu dai")


def test_unknown_login_costs_one_hash_like_a_known_one(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts, sign_in = account_stories(database)
    accounts.create("lan", "Lan", ROOT, password=PASSWORD)
    accounts.create("gone", "Gone", ROOT, password=PASSWORD)
    accounts.disable("gone", ROOT)
    verified: list[str] = []
    verify = type(CHEAP).verify
    monkeypatch.setattr(
        type(CHEAP), "verify", lambda s, h, p: (verified.append(h), verify(s, h, p))[1]
    )
    for login in ("lan", "nobody", "gone", "no\x00body", "user:lan", ""):
        verified.clear()
        assert refusal(NotAuthenticated, sign_in.sign_in, login, "x" * 12) == "bad_login"
        assert len(verified) == 1, login
    assert refusal(NotAuthenticated, sign_in.sign_in, "gone", PASSWORD) == "bad_login"


def test_login_is_read_as_people_type_it(lan: Account, sign_in: SignInService) -> None:
    assert sign_in.sign_in(" Lan ", PASSWORD).session.account == lan


def test_fifth_wrong_password_locks_for_fifteen_minutes(
    lan: Account, sign_in: SignInService, clock: Clock
) -> None:
    for _ in range(5):
        assert refusal(NotAuthenticated, sign_in.sign_in, "lan", "wrong") == "bad_login"
    with pytest.raises(TooMany) as locked:
        sign_in.sign_in("lan", PASSWORD)
    assert locked.value.data["retry_after_s"] == 900
    clock.pass_(minutes=14, seconds=59)
    assert refusal(TooMany, sign_in.sign_in, "lan", PASSWORD) == "too_many_attempts"
    clock.pass_(seconds=1)
    assert sign_in.sign_in("lan", PASSWORD).session.account == lan


def test_right_password_forgives_the_wrong_ones(lan: Account, sign_in: SignInService) -> None:
    for _ in range(3):
        for _ in range(4):
            refusal(NotAuthenticated, sign_in.sign_in, "lan", "wrong")
        sign_in.sign_in("lan", PASSWORD)


def test_sessions_tokens_and_csrf_are_new_at_every_step(
    lan: Account, sign_in: SignInService, clock: Clock
) -> None:
    totp = enrolled(sign_in, lan, clock)
    first = sign_in.sign_in("lan", PASSWORD)
    second = sign_in.enter_code(first.token, totp.at(clock.now))
    third = sign_in.sign_in("lan", PASSWORD)
    assert len({first.token, second.token, third.token}) == 3
    assert len({o.session.csrf for o in (first, second, third)}) == 3
    assert first.session.awaits_totp
    assert sign_in.session(first.token) is None
    assert not sign_in.session(second.token).awaits_totp


def test_code_serves_once(lan: Account, sign_in: SignInService, clock: Clock) -> None:
    totp = enrolled(sign_in, lan, clock)
    code = totp.at(clock.now)
    sign_in.enter_code(sign_in.sign_in("lan", PASSWORD).token, code)
    waiting = sign_in.sign_in("lan", PASSWORD).token
    assert refusal(NotAuthenticated, sign_in.enter_code, waiting, code) == "bad_code"
    earlier = totp.at(clock.now, counter_offset=-1)
    assert refusal(NotAuthenticated, sign_in.enter_code, waiting, earlier) == "bad_code"
    clock.pass_(seconds=30)
    spaced = totp.at(clock.now)
    assert sign_in.enter_code(waiting, f"{spaced[:3]} {spaced[3:]}").session.account.login == "lan"


def test_first_code_does_not_serve_to_sign_in(
    lan: Account, sign_in: SignInService, clock: Clock
) -> None:
    totp = enrolled(sign_in, lan, clock)
    clock.pass_(seconds=-30)
    waiting = sign_in.sign_in("lan", PASSWORD).token
    assert refusal(NotAuthenticated, sign_in.enter_code, waiting, totp.at(clock.now)) == "bad_code"


@pytest.mark.parametrize(("steps", "serves"), [(-2, False), (-1, True), (1, True), (2, False)])
def test_code_may_be_one_step_away(
    lan: Account, sign_in: SignInService, clock: Clock, steps: int, serves: bool
) -> None:
    totp = enrolled(sign_in, lan, clock)
    clock.pass_(minutes=5)
    waiting, code = sign_in.sign_in("lan", PASSWORD).token, totp.at(clock.now, counter_offset=steps)
    if serves:
        assert not sign_in.enter_code(waiting, code).session.awaits_totp
    else:
        assert refusal(NotAuthenticated, sign_in.enter_code, waiting, code) == "bad_code"


def test_knowing_the_password_gives_no_more_than_five_codes(
    lan: Account, sign_in: SignInService, clock: Clock
) -> None:
    enrolled(sign_in, lan, clock)
    for _ in range(5):
        waiting = sign_in.sign_in("lan", PASSWORD).token
        assert refusal(NotAuthenticated, sign_in.enter_code, waiting, "000000") == "bad_code"
    assert refusal(TooMany, sign_in.sign_in, "lan", PASSWORD) == "too_many_attempts"
    assert refusal(TooMany, sign_in.enter_code, waiting, "000000") == "too_many_attempts"


def test_secret_counts_for_nothing_before_its_first_code(
    lan: Account, sign_in: SignInService
) -> None:
    assert refusal(Conflict, sign_in.confirm_totp, lan, "000000") == "totp_not_begun"
    sign_in.begin_totp(lan)
    assert refusal(Refused, sign_in.confirm_totp, lan, "000000") == "totp_code_wrong"
    assert not sign_in.sign_in("lan", PASSWORD).session.awaits_totp


def test_telephone_in_force_is_replaced_by_nobody_but_an_administrator(
    lan: Account, accounts: AccountService, sign_in: SignInService, clock: Clock
) -> None:
    enrolled(sign_in, lan, clock)
    assert refusal(Conflict, sign_in.begin_totp, lan) == "totp_in_force"
    assert sign_in.pending_totp(lan) is None
    made = accounts.reset("lan", ROOT)
    assert not sign_in.sign_in("lan", made.password).session.awaits_totp


def test_own_password_changes_and_ends_the_other_sessions(
    lan: Account, sign_in: SignInService
) -> None:
    other = sign_in.sign_in("lan", PASSWORD)
    opened = sign_in.change_password(lan, PASSWORD, "một câu khác hẳn")
    assert sign_in.session(other.token) is None
    assert sign_in.session(opened.token).account.login == "lan"
    assert refusal(NotAuthenticated, sign_in.sign_in, "lan", PASSWORD) == "bad_login"
    assert sign_in.sign_in("lan", "một câu khác hẳn")


def test_own_password_needs_the_present_one_and_must_differ(
    lan: Account, sign_in: SignInService
) -> None:
    change = sign_in.change_password
    assert refusal(Refused, change, lan, PASSWORD, "short") == "password_too_short"
    assert refusal(Refused, change, lan, PASSWORD, PASSWORD) == "password_unchanged"
    for _ in range(5):
        assert refusal(NotAllowed, change, lan, "wrong", "một câu khác hẳn") == "wrong_password"
    assert refusal(TooMany, change, lan, PASSWORD, "một câu khác hẳn") == "too_many_attempts"


def test_password_of_an_administrator_has_to_be_changed(
    accounts: AccountService, sign_in: SignInService
) -> None:
    made = accounts.create("lan", "Lan", ROOT)
    opened = sign_in.sign_in("lan", made.password)
    assert opened.session.account.must_change
    changed = sign_in.change_password(opened.session.account, made.password, PASSWORD)
    assert not sign_in.session(changed.token).account.must_change


def test_reset_lifts_a_lock(lan: Account, accounts: AccountService, sign_in: SignInService) -> None:
    for _ in range(6):
        refusal(LandgisError, sign_in.sign_in, "lan", "wrong")
    assert sign_in.sign_in("lan", accounts.reset("lan", ROOT).password)


def test_role_counts_from_the_next_request_on(
    lan: Account, accounts: AccountService, sign_in: SignInService
) -> None:
    token = sign_in.sign_in("lan", PASSWORD).token
    assert not sign_in.session(token).account.principal().may("edit")
    accounts.grant("lan", "officer", WARD, ROOT)
    by = sign_in.session(token).account.principal()
    assert (by.name, by.person, by.shown_as) == ("user:lan", "lan", "Lan")
    assert by.may("edit", HOA_THANH)
    assert not by.may("edit", TAN_NINH)
    accounts.revoke("lan", "officer", ROOT)
    assert not sign_in.session(token).account.principal().may("edit")


def test_disabled_account_is_out_at_once_and_comes_back_with_its_roles(
    lan: Account, accounts: AccountService, sign_in: SignInService
) -> None:
    accounts.grant("lan", "officer", WARD, ROOT)
    token = sign_in.sign_in("lan", PASSWORD).token
    assert accounts.disable("lan", ROOT).disabled_at is not None
    assert sign_in.session(token) is None
    assert accounts.enable("lan", ROOT).disabled_at is None
    assert sign_in.session(token) is None
    assert sign_in.sign_in("lan", PASSWORD).session.account.roles == (("officer", WARD),)


def test_two_accounts_of_one_human_share_the_person(lan: Account, accounts: AccountService) -> None:
    second = accounts.create("lan-2", "Lan", ROOT, same_person_as="lan").account
    third = accounts.create("lan-3", "Lan", ROOT, same_person_as="lan-2").account
    assert {lan.person, second.person, third.person} == {"lan"}
    code = refusal(NotFound, accounts.create, "lan-4", "Lan", ROOT, same_person_as="nobody")
    assert code == "no_such_account"


@pytest.mark.parametrize(
    ("login", "name", "code"),
    [
        ("Lan", "Lan", "bad_login_name"),
        ("user:lan", "Lan", "bad_login_name"),
        ("l", "Lan", "bad_login_name"),
        ("lan\n", "Lan", "bad_login_name"),
        ("lan", "   ", "bad_name"),
        ("lan", "La\x00n", "bad_name"),
        ("lan", "x" * 101, "bad_name"),
    ],
)
def test_account_with_a_bad_name_is_refused(
    accounts: AccountService, login: str, name: str, code: str
) -> None:
    assert refusal(Refused, accounts.create, login, name, ROOT) == code


def test_role_needs_to_exist_and_its_units_too(lan: Account, accounts: AccountService) -> None:
    grant = accounts.grant
    assert refusal(Refused, grant, "lan", "king", None, ROOT) == "unknown_role"
    assert refusal(Refused, grant, "lan", "officer", frozenset(), ROOT) == "units_missing"
    assert refusal(Refused, grant, "lan", "officer", frozenset({"1"}), ROOT) == "unknown_unit"
    assert refusal(NotFound, accounts.revoke, "lan", "officer", ROOT) == "role_not_held"


def test_nobody_gives_a_role_to_himself_under_any_account(
    lan: Account, accounts: AccountService
) -> None:
    accounts.create("lan-admin", "Lan", ROOT, same_person_as="lan")
    boss = accounts.grant("lan-admin", "admin", None, ROOT).principal()
    for login in ("lan", "lan-admin"):
        assert refusal(NotAllowed, accounts.grant, login, "officer", None, boss) == "own_account"
        assert refusal(NotAllowed, accounts.reset, login, boss) == "own_account"
        assert refusal(NotAllowed, accounts.disable, login, boss) == "own_account"
    officer = [("officer", None)]
    code = refusal(
        NotAllowed, accounts.create, "lan-3", "Lan", boss, same_person_as="lan", roles=officer
    )
    assert code == "own_account"


def test_administrator_of_one_unit_reaches_no_further(
    lan: Account, accounts: AccountService
) -> None:
    boss = admin_of(HOA_THANH)
    accounts.grant("lan", "officer", WARD, boss)
    for units in (None, frozenset({TAN_NINH}), frozenset({HOA_THANH, TAN_NINH})):
        assert refusal(NotAllowed, accounts.grant, "lan", "officer", units, boss) == "other_unit"
    other = admin_of(TAN_NINH)
    for story in (accounts.reset, accounts.disable, accounts.enable):
        assert refusal(NotAllowed, story, "lan", other) == "other_unit"
    assert refusal(NotAllowed, accounts.revoke, "lan", "officer", other) == "other_unit"
    # Giving it anew elsewhere would take it away here.
    there = frozenset({TAN_NINH})
    assert refusal(NotAllowed, accounts.grant, "lan", "officer", there, other) == "other_unit"


def test_without_the_right_nothing_is_even_listed(lan: Account, accounts: AccountService) -> None:
    nobody = Principal.holding("user:mai", {"public", "edit"})
    assert refusal(NotAllowed, accounts.listed, nobody) == "scope_missing"
    assert refusal(NotAllowed, accounts.create, "mai", "Mai", nobody) == "scope_missing"
    assert refusal(NotAllowed, accounts.reset, "lan", nobody) == "scope_missing"
