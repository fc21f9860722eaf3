"""Accounts on the local command line, and those of the demonstration."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from landgis.cli import main
from landgis.cli.demo_accounts import FILE, ensure
from landgis.services.people.accounts import AccountService
from landgis.services.people.sign_in import SignInService
from landgis.store.database import Database
from tests.people import HOA_THANH, ROOT, account_stories

pytestmark = pytest.mark.db

Users = Callable[..., Result]


@pytest.fixture
def users(database_url: str, tmp_path: Path) -> Users:
    """Run ``landgis users …`` on the test's own database."""
    env = {"LANDGIS_DATABASE_URL": database_url, "LANDGIS_HOME": str(tmp_path)}
    return lambda *words: CliRunner().invoke(main, ["users", *words], env=env)


def test_account_from_its_first_day_to_its_last(users: Users, database: Database) -> None:
    _, sign_in = account_stories(database)
    made = users("add", "mai.le", "Lê Thị Mai")
    assert made.exit_code == 0, made.output
    login, password = made.stdout.split()
    assert users("grant", login, "officer", "--unit", HOA_THANH).stdout == "officer@25645\n"
    opened = sign_in.sign_in(login, password)
    assert opened.session.account.must_change
    assert opened.session.account.principal().may("edit", HOA_THANH)
    assert users("grant", login, "auditor", "--everywhere").stdout == "auditor@* officer@25645\n"
    assert users("revoke", login, "officer").stdout == "auditor@*\n"
    assert users("add", "mai.2", "Mai", "--same-person-as", login).exit_code == 0
    listed = users("list").stdout
    assert re.search(r"^mai\.le +live +- +auditor@\*  Lê Thị Mai$", listed, re.MULTILINE)
    assert sign_in.sign_in(login, users("reset", login).stdout.split()[1])
    assert users("disable", login).stdout == "mai.le is disabled\n"
    assert users("disable", login, "--undo").stdout == "mai.le is live\n"


@pytest.mark.parametrize(
    ("words", "exit_code", "said"),
    [
        (("reset", "nobody"), 4, "no_such_account"),
        (("add", "Mai", "Mai"), 4, "bad_login_name"),
        (("grant", "nobody", "officer"), 2, "--everywhere"),
        (("grant", "nobody", "officer", "--unit", "1", "--everywhere"), 2, "--everywhere"),
        (("grant", "nobody", "king", "--everywhere"), 2, "king"),
    ],
)
def test_wrong_command_is_one_line(
    users: Users, words: tuple[str, ...], exit_code: int, said: str
) -> None:
    done = users(*words)
    assert done.exit_code == exit_code
    assert said in done.stderr


@pytest.fixture
def stories(database: Database) -> tuple[AccountService, SignInService]:
    return account_stories(database)


def test_demonstration_has_one_account_a_role_that_can_sign_in(
    stories: tuple[AccountService, SignInService],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    accounts, sign_in = stories
    ensure(tmp_path, accounts, ROOT)
    said, file = capsys.readouterr().out, tmp_path / FILE
    assert file.stat().st_mode & 0o777 == 0o600
    kept = dict(re.findall(r"^(\w+) +(\S+)$", file.read_text("utf-8"), re.MULTILINE))
    assert set(kept) == {"officer", "reviewer", "registrar", "auditor", "department", "admin"}
    for role, password in kept.items():
        account = sign_in.sign_in(role, password).session.account
        units = frozenset({HOA_THANH}) if role in {"officer", "reviewer"} else None
        assert account.roles == ((role, units),)
        assert (account.must_change, account.person) == (False, role)
        assert said.count(password) == 1


def test_demonstration_started_again_changes_nothing_and_says_nothing(
    stories: tuple[AccountService, SignInService],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    accounts, _ = stories
    ensure(tmp_path, accounts, ROOT)
    accounts.revoke("officer", "officer", ROOT)
    before = (accounts.listed(ROOT), (tmp_path / FILE).read_bytes())
    capsys.readouterr()
    ensure(tmp_path, accounts, ROOT)
    assert (accounts.listed(ROOT), (tmp_path / FILE).read_bytes()) == before
    assert capsys.readouterr().out == ""


def test_demonstration_killed_between_file_and_accounts_keeps_its_passwords(
    stories: tuple[AccountService, SignInService], tmp_path: Path
) -> None:
    accounts, sign_in = stories
    (tmp_path / FILE).write_text("# made before\nofficer  the-kept-password\n", "utf-8")
    ensure(tmp_path, accounts, ROOT)
    assert sign_in.sign_in("officer", "the-kept-password")
