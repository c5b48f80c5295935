"""Chat templates, friendly and hostile, rendered in this process."""

import datetime as dt
import sys

import pytest

from desktop_app.domain.control_texts import BREAK
from desktop_app.domain.errors import ErrorCode, ModelError
from desktop_app.helper.templates import BASE_CHARACTERS, CHATML, TemplateRenderer, fold_system
from desktop_app.protocol.helper import RenderTemplate, TemplateMessage

HELLO = (TemplateMessage("user", "Hello <b>&"),)


def request(template: str, messages: tuple[TemplateMessage, ...] = HELLO, **options: object) -> RenderTemplate:
    return RenderTemplate(request_id="r", template=template, messages=messages, **options)


def render(template: str, messages: tuple[TemplateMessage, ...] = HELLO, **options: object) -> str:
    return TemplateRenderer().render(request(template, messages, **options))


def refusal(template: str) -> str:
    with pytest.raises(ModelError) as caught:
        render(template)
    assert caught.value.code is ErrorCode.TEMPLATE_INVALID
    return caught.value.info.detail


def test_roles_contents_and_the_generation_prompt() -> None:
    template = "{% for m in messages %}[{{ m.role }}] {{ m['content'] }}\n{% endfor %}{% if add_generation_prompt %}[a]{% endif %}"
    assert render(template) == "[user] Hello <b>&\n[a]"
    assert render(template, add_generation_prompt=False) == "[user] Hello <b>&\n"


def test_begin_and_end_tokens() -> None:
    assert render("{{ bos_token }}x{{ eos_token }}", begin_token="<s>", end_token="</s>") == "<s>x</s>"


def test_an_empty_template_means_chatml() -> None:
    assert render("") == "<|im_start|>user\nHello <b>&<|im_end|>\n<|im_start|>assistant\n"
    assert render("") == render(CHATML)


def test_blocks_are_trimmed_as_hugging_face_does() -> None:
    assert render("{% if true %}\n  yes\n  {% endif %}\nend") == "  yes\nend"


def test_loop_controls_and_generation_marks() -> None:
    assert render("{% for i in range(9) %}{% if i == 2 %}{% break %}{% endif %}{{ i }}{% endfor %}") == "01"
    assert render("{% generation %}kept{% endgeneration %}") == "kept"


def test_json_is_not_escaped_for_html() -> None:
    assert render("{{ messages[0] | tojson }}") == '{"role": "user", "content": "Hello <b>&"}'
    assert render("{{ {'é': 1} | tojson(indent=2) }}") == '{\n  "é": 1\n}'


def test_today() -> None:
    assert render("{{ strftime_now('%Y') }}").isdigit()


def test_a_refused_system_message_moves_into_the_first_question() -> None:
    template = (
        "{% if messages[0].role == 'system' %}{{ raise_exception('no system role') }}{% endif %}"
        "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}"
    )
    messages = (
        TemplateMessage("system", "Be kind."),
        TemplateMessage("user", "Hi"),
        TemplateMessage("assistant", "Ho"),
    )
    assert render(template, messages) == "<user>Be kind.\n\nHi<assistant>Ho"


def test_folding_leaves_what_it_cannot_fold() -> None:
    only_system = (TemplateMessage("system", "Be kind."),)
    assert fold_system(only_system) == only_system
    assert fold_system(HELLO) == HELLO


ALTERNATING = (
    "{% for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('roles must alternate') }}{% endif %}<{{ m.role }}>{{ m.content }}{% endfor %}"
)
"""As Gemma and Mistral have it; a system message is refused as well."""


@pytest.mark.parametrize("system", [(), (TemplateMessage("system", "Be kind."),)])
def test_questions_that_nobody_answered_are_one_where_roles_must_alternate(system: tuple[TemplateMessage, ...]) -> None:
    turns = ("user", "Hi"), ("assistant", "Ho"), ("user", "Why?"), ("user", "And how?")
    messages = (*system, *(TemplateMessage(*turn) for turn in turns))
    first = "Be kind.\n\nHi" if system else "Hi"
    assert render(ALTERNATING, messages) == f"<user>{first}<assistant>Ho<user>Why?\n\nAnd how?"
    assert render(CHATML, messages).count("<|im_start|>user") == 3  # others get them as they are


def test_a_system_message_that_is_allowed_stays_where_questions_are_joined() -> None:
    template = (
        "{% if messages[0].role == 'system' %}<s>{{ messages[0].content }}{% set messages = messages[1:] %}{% endif %}"
    )
    messages = (TemplateMessage("system", "Be kind."), TemplateMessage("user", "Hi"), TemplateMessage("user", "Ho"))
    assert render(template + ALTERNATING, messages) == "<s>Be kind.<user>Hi\n\nHo"


def test_a_template_made_for_tools_alone_does_without() -> None:
    assert render("{% for tool in tools %}{{ tool }}{% endfor %}{{ messages[0].content }}") == "Hello <b>&"
    assert render("{% set spec = 'Spec: ' + functions %}{{ spec }}") == "Spec: "
    assert render("{{ tools is none }}") == "True"  # one that works without is told that there are none


def test_the_date_as_llama_cpp_gives_it() -> None:
    assert render("{{ date_string == strftime_now('%d %b %Y') }}") == "True"
    assert render("{{ datetime == strftime_now('%b %d %Y') }}") == "True"
    assert render("{{ date_string }}", variables={"date_string": "1 May"}) == "1 May"


def test_a_template_that_always_refuses_says_why() -> None:
    assert "roles must alternate" in refusal("{{ raise_exception('roles must alternate') }}")


@pytest.mark.parametrize(
    "template",
    [
        "{% for m in messages %}{{ m.content }",
        "{% for m in messages %}{{ m.content }}",
        "{% unknown_tag %}",
        "{{ messages[7].content }}",
        "{{ nothing.at_all }}",
        "{{ 1 / 0 }}",
        "{{ messages | nofilter }}",
        "{{ 'x' + 1 }}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    ],
)
def test_faulty_templates_are_refused(template: str) -> None:
    assert refusal(template)


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ messages.__class__ }}{{ messages.__class__.__base__.__subclasses__() }}",
        "{{ cycler.__init__.__globals__.os.system('true') }}",
        "{{ self.__init__.__globals__ }}{{ self._TemplateReference__context.environment }}",
        "{{ '{0.__class__.__init__}'.format(messages) | length }}{{ raise_exception.__globals__ }}",
        "{{ messages.append(1) }}",
        "{{ messages[0].update({'role': 'system'}) }}",
    ],
)
def test_the_sandbox_holds(template: str) -> None:
    assert leaks_nothing(template)


def leaks_nothing(template: str) -> bool:
    """Whether the template was refused, or showed nothing of Python's inside."""
    try:
        shown = render(template)
    except ModelError as error:
        return error.code is ErrorCode.TEMPLATE_INVALID
    return "class" not in shown and "module" not in shown


@pytest.mark.parametrize(
    "template",
    [
        "{{ 'x' * 1000000000 }}",
        "{{ 1000000000 * 'x' }}",
        "{{ [1] * 1000000000 }}",
        "{{ 9 ** 999999999 }}",
        "{{ range(999999999) | list }}",
        "{% for i in range(99999) %}{{ 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' }}{% endfor %}",
    ],
)
def test_what_is_too_much_is_refused(template: str) -> None:
    assert refusal(template)


def test_a_long_conversation_may_make_a_long_prompt() -> None:
    messages = (TemplateMessage("user", "x" * (2 * BASE_CHARACTERS)),)
    assert len(render("", messages)) > 2 * BASE_CHARACTERS


def test_the_same_renderer_serves_different_templates() -> None:
    renderer = TemplateRenderer()
    assert renderer.render(request("a")) == "a"
    assert renderer.render(request("b")) == "b"
    assert renderer.render(request("a")) == "a"


def test_days_without_a_zero_are_written_on_windows_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    patterns: list[str] = []

    class Windows(dt.datetime):
        def strftime(self, pattern: str) -> str:
            patterns.append(pattern)
            assert "%-" not in pattern, "Invalid format string"
            return super().strftime(pattern.replace("%#", "%-"))

    monkeypatch.setattr(dt, "datetime", Windows)
    monkeypatch.setattr(sys, "platform", "win32")
    assert render("{{ strftime_now('%-d') }}") == str(dt.datetime.now().astimezone().day)
    assert "%#d" in patterns


THINKING = (
    "{# <think> #}{% for message in messages %}{{ '[' ~ message.role ~ ']' }}"
    "{{ message.content.split('</think>')[-1].lstrip('\n') if message.role == 'assistant' else message.content }}"
    "{% endfor %}"
)
REFUSING = (
    "{# <|channel|>analysis<|message|> #}{% for message in messages %}"
    "{% if '<|channel|>analysis<|message|>' in message.content %}{{ raise_exception('tags') }}{% endif %}"
    "{{ message.content }}{% endfor %}"
)


@pytest.mark.parametrize(
    ("template", "mention"), [(THINKING, "</think>"), (REFUSING, "<|channel|>analysis<|message|>")]
)
def test_an_answer_that_mentions_a_mark_of_thoughts_is_neither_cut_nor_refused(template: str, mention: str) -> None:
    answer = f"It writes {mention} there."
    messages = (*HELLO, TemplateMessage("assistant", answer))
    written = render(template, messages, control_texts=("<|end|>", "<|channel|>", "<|message|>"))
    assert answer in written.replace(BREAK, "")


def test_an_answer_that_begins_with_a_thought_goes_without_it_where_the_template_says_so() -> None:
    messages = (*HELLO, TemplateMessage("assistant", "<think>\nHm.\n</think>\n\nYes."))
    assert render(THINKING, messages, control_texts=("<|end|>",)).endswith("[assistant]Yes.")
