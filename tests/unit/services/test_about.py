"""What is told of this copy."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.domain.hardware import EngineFound, Report
from desktop_app.services.about import About
from desktop_app.services.words import hardware_words

ENGINE = EngineFound(engine_version="1", engine_folder="/e", cpu_variant="", cpu_features=(), devices=(), backends=())


@pytest.mark.parametrize(
    "report",
    [Report(looked_at=0.0, engine=ENGINE), Report(looked_at=0.0, error=ErrorInfo(ErrorCode.PROBE_CRASHED))],
    ids=["processor", "crashed"],
)
def test_nothing_is_said_twice(report: Report) -> None:
    with ThreadPoolExecutor(1) as pool:
        rows = About(pool).details(report).result(60)
    assert rows[-1][1] == hardware_words.summary(report)
    assert len({name for name, _value in rows}) == len(rows)
    assert all(not value.startswith(name) for name, value in rows)
