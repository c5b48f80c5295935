"""How families of models mark what they think before they answer, and the splitter that takes it apart."""

import re
from collections.abc import Sequence
from typing import Literal

import msgspec

from desktop_app.domain.channels import CHANNEL, HeaderMender
from desktop_app.domain.code_text import OpenCode
from desktop_app.domain.overlaps import overlap
from desktop_app.domain.parts import Part, ThoughtPart, written

Kind = Literal["thought", "text"]
Piece = tuple[Kind, str]


class ThoughtMarks(msgspec.Struct, frozen=True, kw_only=True):
    """How one family marks a thought.

    `begins` open a thought and `end` closes it; `openers` stand before the answer and are left out. Where there are
    such, an answer may be several messages, each with its `end`.
    `gaps` is what the family writes behind the mark that opens one, before the mark that closes it, and behind that.
    `mention` is what a chat template of the family has in its source. `are_tokens` says that the
    marks are control tokens, which no text of the model contains by chance: those count anywhere in
    an answer, all others only where an answer begins.
    """

    begins: tuple[str, ...]
    end: str
    mention: str
    openers: tuple[str, ...] = ()
    gaps: tuple[str, str, str] = ("\n", "\n", "\n\n")
    are_tokens: bool = False


def _tags(begin: str, end: str) -> ThoughtMarks:
    return ThoughtMarks(begins=(begin,), end=end, mention=begin)


def _tokens(begin: str, end: str, gaps: tuple[str, str, str] = ("", "", "")) -> ThoughtMarks:
    return ThoughtMarks(begins=(begin,), end=end, mention=begin, gaps=gaps, are_tokens=True)


FAMILIES = (
    _tags("<think>", "</think>"),  # Qwen3, DeepSeek R1, GLM, Granite, Kimi, Nemotron, SmolLM3, MiniMax
    _tags("<thinking>", "</thinking>"),  # Apriel 1.5
    _tags("<thought>", "</thought>"),  # fine-tunes for reasoning that have tags of their own
    _tags("<seed:think>", "</seed:think>"),  # Seed-OSS
    _tags("<mm:think>", "</mm:think>"),  # MiniMax M3
    ThoughtMarks(begins=("<think:opensource>",), end="</think:opensource>", mention="<think{}>"),  # Hunyuan 3
    _tokens("[THINK]", "[/THINK]"),  # Magistral, Ministral 3
    _tokens("<|START_THINKING|>", "<|END_THINKING|>"),  # Command
    _tokens("<|channel>thought", "<channel|>", ("\n", "\n", "")),  # Gemma 4
    ThoughtMarks(  # gpt-oss
        begins=("<|start|>assistant<|channel|>analysis<|message|>", "<|channel|>analysis<|message|>"),
        end="<|end|>",
        mention="<|channel|>analysis<|message|>",
        openers=(
            "<|start|>assistant<|channel|>final<|message|>",
            "<|start|>assistant<|channel|>commentary<|message|>",  # what it says before it calls a tool
            "<|channel|>commentary<|message|>",
            "<|channel|>final<|message|>",
        ),
        gaps=("", "", ""),
        are_tokens=True,
    ),
    ThoughtMarks(  # Solar Open
        begins=("<|begin|>assistant<|think|>", "<|think|>"),
        end="<|end|>",
        mention="<|begin|>assistant<|think|>",
        openers=("<|begin|>assistant<|content|>", "<|content|>"),
        gaps=("", "", ""),
        are_tokens=True,
    ),
)
"""The marks as they stand in the chat templates that llama.cpp ships under models/templates."""
ALL_MARKS = tuple(dict.fromkeys(mark for marks in FAMILIES for mark in (*marks.begins, *marks.openers, marks.end)))
"""Every mark of every family; an answer that is kept has none of them but where it mentions one."""


SWITCHES: dict[str, tuple[bool | int | str, bool | int | str]] = {
    "enable_thinking": (True, False),  # Qwen3, GLM, SmolLM3, Gemma 4, DeepSeek, Nemotron
    "thinking": (True, False),  # DeepSeek V3.1, Granite 3.3, Kimi K3
    "reasoning": (True, False),  # Command
    "thinking_mode": ("enabled", "disabled"),  # MiniMax M3
    "thinking_budget": (-1, 0),  # Seed-OSS
}
"""What chat templates ask for to let a model think or not, each with its values for on and off."""

EFFORTS = ("none", "no_think", "minimal", "low")
"""What templates call the least `reasoning_effort`: gpt-oss, Solar, Hunyuan 3 and Command have no other switch."""

_BEGINNING = re.compile(r"\{[%{#]")
_IN_CODE = re.compile(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|(?:[^'"%}]|[%}](?!\}))+""", re.DOTALL)


def thinking_variables(template: str, *, thinking: bool) -> dict[str, bool | int | str]:
    """Return the variables that let a model under `template` think, or keep it from that; none where it knows none."""
    code, texts = _code_and_texts(template)
    words = set(re.findall(r"(?<!\.)\b\w+\b(?!\s*=(?!=))", code))
    found: dict[str, bool | int | str] = {
        name: on if thinking else off for name, (on, off) in SWITCHES.items() if name in words
    }
    if "reasoning_effort" in words:
        least = next((effort for effort in EFFORTS if effort in texts), EFFORTS[-1])
        found["reasoning_effort"] = "high" if thinking else least
    return found


def _code_and_texts(template: str) -> tuple[str, set[str]]:
    """Return the code in a Jinja template, each text in it as '', and those texts; read once, from front to end."""
    pieces: list[str] = []
    texts: set[str] = set()
    place = 0
    while (begin := _BEGINNING.search(template, place)) is not None:
        place = begin.end()
        if begin.group() == "{#":
            end = template.find("#}", place)
            place = end + 2 if end >= 0 else len(template)
            continue
        while (found := _IN_CODE.match(template, place)) is not None:
            place = found.end()
            is_text = found.group()[0] in "'\""
            pieces.append("''" if is_text else found.group())
            if is_text:
                texts.add(found.group()[1:-1])
        if template[place : place + 1] in ("'", '"'):
            break  # a text without an end: Jinja will say so
    return " ".join(pieces), texts


def has_thoughts(template: str) -> bool:
    """Return whether models under `template` mark what they think."""
    return any(marks.mention in template for marks in FAMILIES)


def marks_in_words(text: str, template: str) -> tuple[str, ...]:
    """Return the marks of thoughts under `template` that an answer's `text` may only mention: none that begins with one.

    Templates cut answers where such marks are, or refuse them.
    """
    known = [marks for marks in FAMILIES if marks.mention in template]
    if text.lstrip().startswith(_beginnings(known)):
        return ()
    return tuple(mark for marks in known for mark in (*marks.begins, marks.end) if mark in text)


class ThoughtSplitter:
    """Tells thoughts from the answer in text that comes in pieces.

    Holds back only what may become a mark. Blank space after a mark is left out. A thought that is
    never closed stays a thought. `template` is the source of the model's chat template, `prompt`
    what it made: where that ends inside of an open thought, the answer begins with one.
    """

    def __init__(self, template: str = "", prompt: str = "") -> None:
        self._known = [marks for marks in FAMILIES if marks.mention in template]
        inner = [marks for marks in self._known if marks.are_tokens]
        self._message_ends = tuple(marks.end for marks in inner if marks.openers)
        self._inner = (*_beginnings(inner), *self._message_ends)
        ending = prompt.rstrip()
        self._open = next((marks for marks in self._known if ending.endswith(marks.begins)), None)
        self._at_start = self._open is None
        self._trim = self._open is not None
        self._gap = ""  # between two messages of an answer
        self._has_text = False
        self._held = ""
        self._is_final = False
        self._code = OpenCode()
        self._headers = HeaderMender() if any(CHANNEL in marks.mention for marks in self._known) else None

    def feed(self, text: str) -> list[Piece]:
        """Return the pieces that are certain now, in order; none of them is empty."""
        self._held += self._headers.feed(text, is_final=self._is_final) if self._headers is not None else text
        pieces: list[Piece] = []
        while self._step(pieces):
            pass
        return pieces

    def finish(self) -> list[Piece]:
        """Return what was held back, now that no more text comes."""
        self._is_final = True
        pieces = self.feed("")
        self._emit(pieces, len(self._held))
        return pieces

    def resume(self, parts: Sequence[Part]) -> str:
        """Go on where an answer of `parts` ended; returns it with its marks, to stand behind the prompt.

        A mark that its text begins with opens a thought, as where a person has an answer begin with one.
        """
        thought = "".join(part.text for part in parts if isinstance(part, ThoughtPart))
        text = written(parts)
        if not thought and not text:
            return ""
        marks, begun = self._open, ""
        if marks is None:
            marks = (*self._known, *FAMILIES)[0]
            begun = marks.begins[-1] + marks.gaps[0] if thought else ""
        self._code.add(thought)
        is_inside = bool(thought) or self._open is not None
        begun += thought
        if text and is_inside:
            begun = begun.rstrip() + _ended(marks)
        elif text:
            begun += "".join(marks.openers[-1:])
        begun += text
        if text and not is_inside and text.lstrip().startswith(_beginnings(FAMILIES)):
            self.feed(text)  # a person had it begin with a thought
            self._held = ""  # it is part of what is there already
        else:
            self._open = marks if is_inside and not text else None
            self._at_start = self._trim = False
        self._has_text = bool(text)
        return begun

    def skip(self) -> str:
        """End the thought that the prompt has opened, where it has; returns what is to stand behind the prompt for that."""
        if self._open is None:
            return ""
        written = _ended(self._open)
        self.feed(written)
        return written

    def _step(self, pieces: list[Piece]) -> bool:
        """Go on to the next mark; whether there may be another one in what is held."""
        if self._at_start:
            return self._begin()
        if self._open is not None:
            return self._to_mark(pieces, (self._open.end,))
        return self._to_mark(pieces, self._inner)

    def _begin(self) -> bool:
        """Find out whether the answer begins with a mark; whether that is known."""
        begun = self._held.lstrip()
        mark = next((mark for mark in _beginnings(FAMILIES) if begun.startswith(mark)), None)
        if mark is not None:
            self._held = begun.removeprefix(mark)
            self._enter(mark)
            return True
        if not begun or any(mark.startswith(begun) for mark in _beginnings(FAMILIES)):
            return False
        self._at_start = False
        return True

    def _to_mark(self, pieces: list[Piece], marks: tuple[str, ...]) -> bool:
        found = min(((place, mark) for mark in marks if (place := self._held.find(mark)) >= 0), default=None)
        if found is None:
            self._emit(pieces, len(self._held) - max((overlap(self._held, mark) for mark in marks), default=0))
            return False
        place, mark = found
        self._emit(pieces, place)
        if self._open is not None and not self._open.are_tokens and self._code.has_open_ticks:
            behind = self._held[len(mark) : len(mark) + 1]
            if not behind and not self._is_final:
                return False
            if behind == "`":  # it is mentioned
                self._emit(pieces, len(mark))
                return True
        self._held = self._held.removeprefix(mark)
        self._enter(mark)
        return True

    def _enter(self, mark: str) -> None:
        """Go on behind `mark`: in a thought, at what may begin with another one, or in the answer."""
        closed = self._open is not None or mark in self._message_ends
        if self._has_text and mark in self._message_ends:
            self._gap = "\n\n"
        self._open = None if closed else next((marks for marks in FAMILIES if mark in marks.begins), None)
        self._at_start = closed
        self._trim = True

    def _emit(self, pieces: list[Piece], end: int) -> None:
        text, self._held = self._held[:end], self._held[end:]
        if self._trim:
            text = text.lstrip()
        if not text:
            return
        self._trim = False
        self._code.add(text)
        if self._open is not None:
            pieces.append(("thought", text))
        else:
            pieces.append(("text", self._gap + text))
            self._gap, self._has_text = "", True


def _ended(marks: ThoughtMarks) -> str:
    """Return what stands between a thought and the answer."""
    _behind_begin, before_end, behind_end = marks.gaps
    return f"{before_end}{marks.end}{behind_end}{''.join(marks.openers[:1])}"


def _beginnings(families: "tuple[ThoughtMarks, ...] | list[ThoughtMarks]") -> tuple[str, ...]:
    return tuple(mark for marks in families for mark in (*marks.begins, *marks.openers))
