"""Answers of services that come late: something else may have become of what they tell."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest


class HeldBack:
    """Has a method of a service do at once what it does, and tell what came of it only when the test says so.

    What is asked for after `let_go` is told as usual.
    """

    def __init__(self, patch: pytest.MonkeyPatch, service: object, name: str) -> None:
        self._held: list[tuple[Future[Any], Future[Any]]] = []
        self._holds = True
        does: Callable[..., Future[Any]] = getattr(service, name)

        def do(*given: object, **named: object) -> Future[Any]:
            done = does(*given, **named)
            if not self._holds:
                return done
            late: Future[Any] = Future()
            self._held.append((done, late))
            return late

        patch.setattr(service, name, do)

    def __len__(self) -> int:
        return len(self._held)

    def let_go(self) -> None:
        """Hold back nothing more; what is held back so far has come by now, and nobody knows."""
        self._holds = False
        for done, _late in self._held:
            done.exception(60)

    def tell(self) -> None:
        """Tell what was held back, the first last."""
        while self._held:
            done, late = self._held.pop()
            error = done.exception(60)
            if error is not None:
                late.set_exception(error)
            else:
                late.set_result(done.result())
