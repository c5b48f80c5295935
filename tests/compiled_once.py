"""Compiles each statement of SQL once for all databases that a run opens: each would do it anew, for writer and reader."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, create_engine
from sqlcipher3 import dbapi2

from desktop_app.storage import engine as module


@contextmanager
def compiled_once() -> Iterator[None]:
    """Have all engines share one dialect, and what was compiled for it."""
    shared = create_engine("sqlite://", module=dbapi2)
    shared.connect().close()  # the dialect learns what SQLite can do
    shared.dispose()

    def create(*arguments: object, **options: object) -> Engine:
        made: Engine = create_engine(*arguments, **options)
        made.dialect = made.pool._dialect = shared.dialect
        made._compiled_cache = shared._compiled_cache
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "create_engine", create)
        yield
