"""Tokens, sessions and roles."""

from pathlib import Path

import pytest
from pydantic import SecretStr
from starlette.requests import HTTPConnection

from stream.config.keys import Web
from stream.errors import ConfigError
from stream.supervise.access import MOST_ADDRESSES, MOST_FAILURES, SESSION_S, Access, Role, access
from tests.stream.hand_clock import HandClock

VIEW, REVIEW = "v" * 22, "r" * 22


def visitor(**headers: str) -> HTTPConnection:
    """Make a visitor who sends headers."""
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    return HTTPConnection({"type": "http", "headers": raw})


@pytest.fixture
def clock() -> HandClock:
    """Start at 1000 s."""
    return HandClock(1000.0)


@pytest.fixture
def known(clock: HandClock) -> Access:
    """Know a token each of two roles."""
    return Access({"view": VIEW, "review": REVIEW}, clock)


@pytest.mark.parametrize(("token", "role"), [(VIEW, "view"), (REVIEW, "review"), ("x" * 22, None), ("", None)])
def test_a_token_has_its_role_whether_as_cookie_or_as_header(known: Access, token: str, role: Role | None) -> None:
    """A wrong one has none, and opens no session."""
    assert known.role(visitor(authorization=f"Bearer {token}")) == role
    cookie = known.open_session(token, "")
    assert (cookie is None) == (role is None)
    assert known.role(visitor(cookie=f"spikewatch={cookie}")) == role


def test_a_role_may_do_what_lesser_ones_may(known: Access) -> None:
    """Review includes view and not admin."""
    by = visitor(authorization=f"Bearer {REVIEW}")
    assert [known.may(by, role) for role in ("view", "review", "admin")] == [True, True, False]
    assert not known.may(visitor(), "view")


def test_a_session_ends(known: Access, clock: HandClock) -> None:
    """After half a day the token is asked for again."""
    holder = visitor(cookie=f"spikewatch={known.open_session(VIEW, '')}")
    clock.now_s += SESSION_S - 1
    assert known.role(holder) == "view"
    clock.now_s += 1
    assert known.role(holder) is None


def test_whoever_tries_many_tokens_has_to_wait(known: Access, clock: HandClock) -> None:
    """Even the right one is refused there, so that nothing can be learnt by trying; a minute later it opens."""
    for _ in range(MOST_FAILURES):
        assert known.open_session("guess", "10.0.0.9") is None
    assert known.open_session(VIEW, "10.0.0.9") is None
    clock.now_s += 60
    assert known.open_session(VIEW, "10.0.0.9") is not None


def test_whoever_tries_many_tokens_keeps_nobody_else_out(known: Access) -> None:
    """A nurse at another address logs in meanwhile, and a program with its token is answered."""
    for _ in range(2 * MOST_FAILURES):
        known.open_session("guess", "10.0.0.9")
    assert known.is_blocked("10.0.0.9")
    assert known.open_session(VIEW, "10.0.0.2") is not None
    assert known.role(visitor(authorization=f"Bearer {VIEW}")) == "view"


def test_addresses_are_remembered_in_bounded_number(known: Access) -> None:
    """The one that failed longest ago is forgotten first."""
    for _ in range(MOST_FAILURES):
        known.open_session("guess", "first")
    for number in range(MOST_ADDRESSES - 1):
        known.open_session("guess", str(number))
    assert known.is_blocked("first")
    known.open_session("guess", "one more")
    assert not known.is_blocked("first")


def test_without_tokens_this_machine_may_do_everything() -> None:
    """Whoever sits at it owns the journal's file, too."""
    assert access(Web()).may(visitor(), "admin")


@pytest.mark.parametrize(
    ("text", "said"),
    [("view short", "the web token of view is shorter than 22 characters"), ("", "takes lines of a role and a token"),
     (f"nurse {VIEW}", "roles are view, review, admin"), (f"view {VIEW}\nadmin {VIEW}", "a token of its own"),
     (f"view {VIEW}\nview {REVIEW}", "a token of its own")],
)  # fmt: skip
def test_a_token_file_that_says_something_else_is_one_clear_line(tmp_path: Path, text: str, said: str) -> None:
    """It names the file and what it takes."""
    file = tmp_path / "tokens"
    file.write_text(text)
    with pytest.raises(ConfigError, match=said):
        access(Web(token_file=str(file)))


def test_tokens_come_from_a_file_or_the_environment(tmp_path: Path) -> None:
    """One from the environment has all rights."""
    file = tmp_path / "tokens"
    file.write_text(f"view {VIEW}\nreview {REVIEW}\n")
    assert access(Web(token_file=str(file))).tokens == {"view": VIEW, "review": REVIEW}
    assert access(Web(token=SecretStr(VIEW))).tokens == {"admin": VIEW}


def test_other_machines_need_a_token() -> None:
    """The key alone opens nothing."""
    with pytest.raises(ConfigError, match="lets other machines in, and there is no token"):
        access(Web(host="0.0.0.0", allow_remote=True))
