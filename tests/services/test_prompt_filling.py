"""Prompt templates filled in by the real helper process, which is ended when one takes too long."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from desktop_app.domain.errors import ErrorCode, TemplateFileError
from desktop_app.services.requests import templates as service
from desktop_app.services.requests.templates import Templates

ENDLESS = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}x"
WAIT_SECONDS = 60.0


@pytest.fixture
def templates() -> Iterator[Templates]:
    with ThreadPoolExecutor(2) as pool:
        made = Templates(pool)
        assert made.fill(["{{ word }}"], {"word": "ready"}).result(WAIT_SECONDS) == ("ready",)
        yield made
        made.close()


def test_one_that_loops_is_stopped_and_those_behind_it_are_served(
    templates: Templates, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(service, "RENDER_SECONDS", 0.5)
        looping = templates.fill([ENDLESS], {})
    filled = templates.fill(["{{ word }}"], {"word": "{{ 1 }}"})
    rendered = templates.render("chat", [], "", "")
    with pytest.raises(TemplateFileError) as caught:
        looping.result(WAIT_SECONDS)
    assert caught.value.code is ErrorCode.PROMPT_TEMPLATE_TIMEOUT
    assert filled.result(WAIT_SECONDS) == ("{{ 1 }}",)
    assert rendered.result(WAIT_SECONDS) == "chat"


def test_one_that_eats_memory_is_refused(templates: Templates) -> None:
    with pytest.raises(TemplateFileError) as caught:
        templates.fill(["{{ 'x'.ljust(2000000000) | length }}"], {}).result(WAIT_SECONDS)
    assert caught.value.code is ErrorCode.PROMPT_TEMPLATE_UNFILLED
    assert templates.fill(["next"], {}).result(WAIT_SECONDS) == ("next",)
