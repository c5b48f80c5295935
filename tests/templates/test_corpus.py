"""The chat templates that llama.cpp ships render as its own server renders them, but for what is listed here."""

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from desktop_app.domain.control_texts import BREAK
from desktop_app.domain.sampling import Thinking
from desktop_app.domain.thoughts import FAMILIES, thinking_variables
from desktop_app.helper.templates import TemplateRenderer
from desktop_app.protocol.helper import RenderTemplate, TemplateMessage, TemplateValue
from desktop_app.services.engines.template_checks import SAMPLE, lost_text
from tests.engine.tiny_models import write_tiny_model

FOLDER = os.environ.get("INGLENOOK_TEST_TEMPLATES", "")
TEMPLATES = sorted(Path(FOLDER).glob("*.jinja")) if FOLDER else []
SERVER = Path(__file__).with_name("template_server.py")
CHANNELS = ("<|channel>", "<|channel|>")
"""Control tokens of Gemma 4 and of gpt-oss."""
FEWEST = 60
"""llama.cpp has had 70 of them; where there are hardly any, the folder is the wrong one."""

SYSTEM = TemplateMessage("system", "You are terse.")
ONE_TURN = (TemplateMessage("user", "How are you? <b>&\"é' 🙂</b>"),)
SEVERAL_TURNS = (
    *ONE_TURN,
    TemplateMessage("assistant", "Fine.\n\n```python\nprint({'a': {}}, \"{{ b }}\")\n```"),
    TemplateMessage("user", "  What is 2 + 2?\n"),
    TemplateMessage("assistant", "4"),
    TemplateMessage("user", "Sure?"),
)
CONVERSATIONS = (ONE_TURN, (SYSTEM, *ONE_TURN), SEVERAL_TURNS, (SYSTEM, *SEVERAL_TURNS))

FOLDED = (
    "Refuses system messages. Both put the text before the first question: llama.cpp with one line break, "
    "we with a blank line, as the template of the next Gemma does it."
)
TRIMMED = "llama.cpp trims every message for this family, whatever the template does; we send what a person wrote."
LEFT_ALONE = (
    "llama.cpp's server asks a model to think unless it is told otherwise. Where a person has not decided, "
    "we say nothing, as Hugging Face does, and this template then leaves the thought out."
)
DIFFERENCES: dict[str, dict[Thinking, str]] = {
    "google-gemma-2-2b-it": dict.fromkeys(Thinking, FOLDED),
    "StepFun3.5-Flash": dict.fromkeys(Thinking, TRIMMED),
    "Bielik-11B-v3.0-Instruct": {Thinking.AUTO: LEFT_ALONE},
    "CohereForAI-c4ai-command-r7b-12-2024-tool_use": {Thinking.AUTO: LEFT_ALONE},
    "Qwen-QwQ-32B": {Thinking.AUTO: LEFT_ALONE},
    "Reka-Edge": {Thinking.AUTO: LEFT_ALONE},
    "deepseek-ai-DeepSeek-R1-Distill-Qwen-32B": {Thinking.AUTO: LEFT_ALONE},
    "deepseek-ai-DeepSeek-V3.1": {Thinking.AUTO: LEFT_ALONE},
    "deepseek-ai-DeepSeek-V3.2": {Thinking.AUTO: LEFT_ALONE},
    "deepseek-ai-DeepSeek-V4": {Thinking.AUTO: LEFT_ALONE},
    "deepseek-ai-DeepSeek-V4-Flash-0731": {Thinking.AUTO: LEFT_ALONE},
    "google-gemma-4-31B-it": {Thinking.AUTO: LEFT_ALONE},
    "google-gemma-4-31B-it-interleaved": {Thinking.AUTO: LEFT_ALONE},
    "llama-cpp-rwkv-world": {Thinking.AUTO: LEFT_ALONE},
    "openbmb-MiniCPM5-1B": {Thinking.AUTO: LEFT_ALONE},
    "poolside-Laguna-XS-2.1": {Thinking.AUTO: LEFT_ALONE},
    "poolside-Laguna-XS.2": {Thinking.AUTO: LEFT_ALONE},
}
"""The templates of which a prompt differs, by file name, and why; every other prompt is equal byte for byte."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not FOLDER, reason="INGLENOOK_TEST_TEMPLATES names no folder with llama.cpp's chat templates"),
    pytest.mark.skipif(importlib.util.find_spec("xllamacpp") is None, reason="xllamacpp is not installed"),
]


class Server:
    """llama.cpp's server in a process of its own; it writes a log, which nobody reads unless it dies."""

    def __init__(self, model: Path, log: Path) -> None:
        self._log = log.open("w+")
        command = [sys.executable, str(SERVER), str(model)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, text=True
        )
        self.begin_token, self.end_token = self._next()

    def render(self, template: str, bodies: list[dict[str, object]]) -> list[str]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"template": template, "bodies": bodies}) + "\n")
        self._process.stdin.flush()
        return self._next()

    def _next(self) -> list[str]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._log.seek(0)
            pytest.fail(f"the server has ended: {self._log.read()[-2000:]}")
        return json.loads(line)

    def end(self) -> None:
        self._process.communicate("")
        self._log.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    running = Server(write_tiny_model(folder / "tiny.gguf", "llama"), folder / "log")
    yield running
    running.end()


def variables_for(template: str, thinking: Thinking) -> dict[str, TemplateValue]:
    return {} if thinking is Thinking.AUTO else thinking_variables(template, thinking=thinking is Thinking.ON)


def body(turns: tuple[TemplateMessage, ...], variables: dict[str, TemplateValue]) -> dict[str, object]:
    messages = [{"role": turn.role, "content": turn.content} for turn in turns]
    return {"messages": messages, **({"chat_template_kwargs": variables} if variables else {})}


def test_there_is_a_corpus_and_every_listed_template_is_in_it() -> None:
    assert len(TEMPLATES) >= FEWEST
    assert set(DIFFERENCES) <= {file.stem for file in TEMPLATES}


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.stem)
def test_a_template_renders_as_in_llama_cpp(file: Path, server: Server) -> None:
    template = file.read_text(encoding="utf-8")
    renderer = TemplateRenderer()

    def ours() -> list[str]:
        return [
            renderer.render(
                RenderTemplate(
                    request_id="r",
                    template=template,
                    messages=turns,
                    begin_token=server.begin_token,
                    end_token=server.end_token,
                    variables=variables_for(template, thinking),
                )
            )
            for thinking, turns in cases
        ]

    cases = list(product(Thinking, CONVERSATIONS))
    before = ours()
    theirs = server.render(template, [body(turns, variables_for(template, thinking)) for thinking, turns in cases])
    after = before if before == theirs else ours()  # the day may have ended, and many templates write the date
    listed = DIFFERENCES.get(file.stem, {})
    differing: set[Thinking] = set()
    for (thinking, turns), early, prompt, late in zip(cases, before, theirs, after, strict=True):
        if prompt not in (early, late):
            differing.add(thinking)
            assert thinking in listed, f"{thinking}, {len(turns)} turns:\n{early!r}\nllama.cpp:\n{prompt!r}"
    assert differing == set(listed), "a listed difference is none any more: take it off the list"


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.stem)
def test_nothing_is_found_wrong_with_a_good_template(file: Path) -> None:
    """What is said of bad templates must not be said of these."""
    renderer = TemplateRenderer()  # which compiles it once
    for turns in (SAMPLE, SAMPLE[1:]):
        request = RenderTemplate(
            request_id="r",
            template=file.read_text(encoding="utf-8"),
            messages=turns,
            begin_token="<s>",
            end_token="</s>",
        )
        assert lost_text(turns, renderer.render(request)) is None


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.stem)
def test_an_answer_that_mentions_marks_of_thoughts_is_whole(file: Path) -> None:
    template = file.read_text(encoding="utf-8")
    renderer = TemplateRenderer()
    known = [marks for marks in FAMILIES if marks.mention in template]
    for mark in sorted({mark for marks in known for mark in (*marks.begins, marks.end)}):
        answer = f"Models write {mark} there."
        messages = (*ONE_TURN, TemplateMessage("assistant", answer), TemplateMessage("user", "Sure?"))
        request = RenderTemplate(
            request_id="r", template=template, messages=messages, control_texts=("<|im_end|>", *CHANNELS)
        )
        written = renderer.render(request)
        assert answer in written.replace(BREAK, "")
