"""The access token: in the keyring where there is one, else for this session alone."""

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor

import keyring
import pytest
from keyring.backends import fail
from keyring.errors import InitError

from desktop_app.services.network.token import Token
from tests.keyrings import KeptInMemory


class Locked(KeptInMemory):
    """A keyring that the person does not unlock."""

    def get_password(self, service: str, username: str) -> str | None:
        raise InitError("locked")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise InitError("locked")


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[Executor]:
    monkeypatch.delenv("HF_TOKEN", raising=False)
    before = keyring.get_keyring()
    with ThreadPoolExecutor(1) as made:
        yield made
    keyring.set_keyring(before)


def test_a_token_is_kept_replaced_and_forgotten(pool: Executor) -> None:
    keyring.set_keyring(KeptInMemory())
    assert Token(pool).value() == ""
    assert Token(pool).keep(" hf_one \n").result()
    assert Token(pool).value() == "hf_one"
    token = Token(pool)
    assert token.keep("hf_two").result()
    assert token.value() == Token(pool).value() == "hf_two"
    assert token.keep("").result()
    assert token.keep("").result()  # there was none
    assert token.value() == Token(pool).value() == ""


def test_without_a_keyring_it_serves_this_session(pool: Executor) -> None:
    keyring.set_keyring(Locked())
    token = Token(pool)
    assert token.value() == ""
    assert not token.keep("hf_one").result()
    assert token.value() == "hf_one"
    assert Token(pool).value() == ""


def test_the_environment_serves_where_nothing_was_entered(pool: Executor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_environment")
    keyring.set_keyring(KeptInMemory())
    assert Token(pool).value() == "hf_environment"
    Token(pool).keep("hf_mine").result()
    assert Token(pool).value() == "hf_mine"


def test_the_tests_leave_the_real_keyring_alone() -> None:
    assert isinstance(keyring.get_keyring(), fail.Keyring)
