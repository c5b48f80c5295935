"""Commands as processes of their own; those of many tests are forks of one that has imported all they need."""

from collections.abc import Iterator

import pytest

from tests.forks import forked_children
from tests.programs import PRELOADED


@pytest.fixture(scope="session", autouse=True)
def _forked() -> Iterator[None]:
    with forked_children(PRELOADED):
        yield
