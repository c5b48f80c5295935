"""Prompt templates, friendly and hostile, filled in this process."""

import pytest

from desktop_app.domain.errors import ErrorCode, TemplateFileError
from desktop_app.helper.prompt_templates import PromptFiller
from desktop_app.protocol.helper import FillTemplates


def fill(*templates: str, **values: str | float) -> tuple[str, ...]:
    return PromptFiller().fill(FillTemplates(request_id="r", templates=templates, values=values))


def refusal(*templates: str, **values: str | float) -> tuple[int, int, str]:
    with pytest.raises(TemplateFileError) as caught:
        fill(*templates, **values)
    assert caught.value.code is ErrorCode.PROMPT_TEMPLATE_UNFILLED
    params = caught.value.info.params
    return int(params["template"]), int(params["line"]), str(params["problem"])


def test_values_sections_and_numbers() -> None:
    body = "Write about {{ topic }}.\n{% if count > 2 %}\nIn {{ count }} parts.\n{% endif %}\nEnd."
    assert fill(body, topic="<b>& tea", count=3) == ("Write about <b>& tea.\nIn 3 parts.\nEnd.",)
    assert fill(body, topic="tea", count=1) == ("Write about tea.\nEnd.",)


def test_several_at_once() -> None:
    assert fill("{{ a }}", " {{ a }}b \n", a="x") == ("x", "xb")


@pytest.mark.parametrize(
    "value", ["{{ 7 * 7 }}", "{% for x in range(10**9) %}{% endfor %}", "{{ ''.__class__ }}", "{#", "}}{{ secret }}"]
)
def test_what_looks_like_a_template_in_a_value_is_never_run(value: str) -> None:
    assert fill("<{{ text }}>", text=value) == (f"<{value}>",)
    assert fill("{% if text %}{{ text | trim }}{% endif %}", text=value) == (value,)


def test_a_missing_value_is_told_with_its_line() -> None:
    assert refusal("One\n{{ given }}\n{{ absent }}", given="x") == (0, 3, "'absent' is undefined")
    assert refusal("fine", "\n{% if absent %}{% endif %}")[:2] == (1, 2)


@pytest.mark.parametrize(
    "body",
    [
        "x\n{{ text.__class__ }}",
        "x\n{{ text.__class__.__mro__ }}",
        "x\n{{ ''.__class__.__base__.__subclasses__() }}",
        "x\n{{ text['__class__']['__init__'] }}",
        "x\n{{ text | attr('__class__') }}",
        "x\n{{ '{0.__class__}'.format(text) }}",
        "x\n{{ cycler.__init__.__globals__ }}",
        "x\n{{ self.__init__.__globals__ }}",
    ],
)
def test_attributes_are_out_of_reach(body: str) -> None:
    template, line, problem = refusal(body, text="t")
    assert (template, line) == (0, 2)
    assert "unsafe" in problem or "undefined" in problem or "no attribute" in problem


def test_mistakes_are_told_with_their_line() -> None:
    assert refusal("one\ntwo {% if %}")[1] == 2
    assert refusal("one\n\n{{ 1 / 0 }}") == (0, 3, "Division by zero")
    assert refusal("{% if true %}")[1] == 1
    assert refusal("{% include 'secrets' %}")[:2] == (0, 1)


@pytest.mark.parametrize("deep", ["{% if true %}" * 3000 + "{% endif %}" * 3000, "{{ " + "(" * 50_000, "{{ " + "[" * 5000 + "]" * 5000 + " }}"])  # fmt: skip
def test_nesting_without_end_is_refused(deep: str) -> None:
    assert refusal(deep)[0] == 0


def test_a_text_without_end_is_refused() -> None:
    endless = "{% for i in range(99999) %}{{ text }}{% endfor %}"
    assert refusal(endless, text="x" * 1000)[2] == "It makes too long a text"


def test_a_thousand_values() -> None:
    values = {f"n{place}": "v" for place in range(1000)}
    body = "".join(f"{{{{ {name} }}}}" for name in values)
    assert fill(body, **values) == ("v" * 1000,)
