"""A model for the tour's live parts that answers as it is told, at once or when it is let go."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from desktop_app.domain.distribution import Distribution
from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.domain.messages import FinishReason, Role
from desktop_app.domain.near_words import NearWord, NearWords, WordPieces
from desktop_app.domain.received import Received, Token, parts_of_prompt, read_tokens
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.traces import Traces
from desktop_app.gui.tour.asking import Wish
from desktop_app.gui.tour.page import TourPage
from desktop_app.gui.tour.part import LivePart
from desktop_app.services.insight.next_word import NextWord
from desktop_app.services.insight.tour import CutText, Written
from desktop_app.support.network import NetworkUse
from tests.traced_answers import made_up_attention, made_up_traces

WORDS = (b" that", b" it", b" how", b" the", b" when", b" its", b" not", b",", b"\xe2\x80", b"<end>")
SHARES = (0.40, 0.23, 0.12, 0.08, 0.06, 0.05, 0.03, 0.01, 0.01, 0.01)
SURE = (0.91, 0.03, 0.01, 0.01, 0.01, 0.01, 0.005, 0.005, 0.005, 0.005)
PART_OF_A_CHARACTER, END = 8, 9
CONTEXT = 4096

AnyPart = TypeVar("AnyPart", bound=LivePart)


def part_of(page: TourPage, kind: type[AnyPart]) -> AnyPart:
    """Return the live part of this kind; its step was shown."""
    (part,) = (part for part in page.parts.values() if isinstance(part, kind))
    return part


def cut(text: str) -> CutText:
    """Cut a text into pieces of at most five letters."""
    pieces = [piece.encode() for piece in re.findall(r"<\|\w+\|>|\n| ?[^\s<]{1,5}|\s", text)]
    return CutText(*read_tokens(range(100, 100 + len(pieces)), pieces, [piece[:1] == b"<" for piece in pieces]))


class ScriptedAsking:
    """`shares` are those of WORDS behind each text; `held` keeps answers back until `let_go`."""

    def __init__(self, folder: Path = Path("/data")) -> None:
        self.asked: list[str] = []
        self.shares: Callable[[str], Sequence[float]] = lambda text: SURE if "France" in text else SHARES
        self.turns: Sequence[tuple[Role, str]] = ()
        self.ledger: list[NetworkUse] = []
        self.traces: Callable[[str], Traces] = made_up_traces
        self.near: Sequence[str] = ("queen", "princess", "kings")
        self.error: ErrorInfo | None = None
        self.held = False
        self.is_offline = False
        self.servers: tuple[str, ...] = ()
        self.began_at = 1000.0
        self.folder = folder
        self._waiting: list[Callable[[], None]] = []

    def let_go(self) -> None:
        waiting, self._waiting = self._waiting, []
        for deliver in waiting:
            deliver()

    def cut(self, text, then, failed) -> Wish:
        return self._answer("cut", text, lambda: then(cut(text)), failed)

    def next_word(self, text, then, failed) -> Wish:
        distribution = Distribution(np.log(np.array(self.shares(text))).astype(np.float32))
        found = NextWord(text=text, distribution=distribution, pieces=dict(enumerate(WORDS)), ends=(END,))
        return self._answer("next_word", text, lambda: then(found), failed)

    def near_words(self, plus, minus, count, then, failed) -> Wish:
        found = NearWords(
            near=tuple(NearWord(word, place, 0.7 - place / 10) for place, word in enumerate(self.near[:count])),
            words=tuple(WordPieces(word, (word.encode(),)) for word in (*plus, *minus)),
            length=576,
            vocabulary=49_152,
        )
        asked = " + ".join(plus) + "".join(f" - {word}" for word in minus)
        return self._answer("near_words", asked, lambda: then(found), failed)

    def attention(self, text, then, failed) -> Wish:
        return self._answer("attention", text, lambda: then(made_up_attention("", text)), failed)

    def pieces(self, tokens, then) -> Wish:
        return self._answer("pieces", "", lambda: then({token: WORDS[token] for token in tokens}), lambda _error: None)

    def go_on(self, text, sampling: Sampling, heard, then, failed) -> Wish:
        return self._write(f" written at {sampling.temperature}", text, heard, then, failed)

    def answer(self, question, sampling: Sampling, heard, then, failed) -> Wish:
        return self._write("It grows in the north. Its bark glows at night.", question, heard, then, failed)

    def received(self, turns, then, failed) -> Wish:
        pairs = [(role.value, text) for role, text in turns]
        text = "".join(f"<|{role}|>\n{words}<|end|>\n" for role, words in pairs)
        read = cut(text)
        found = Received(
            text=read.text, parts=parts_of_prompt(read.text, pairs), tokens=read.tokens, context_size=CONTEXT
        )
        return self._answer("received", text, lambda: then(found), failed)

    def chat_turns(self) -> Sequence[tuple[Role, str]]:
        return self.turns

    def uses(self, count, then) -> Wish:
        return self._answer("uses", "", lambda: then(self.ledger[:count]), lambda _error: None)

    def set_offline(self, offline: bool) -> None:
        self.is_offline = offline

    def places(self) -> Sequence[tuple[str, Path]]:
        return (("Chats", self.folder), ("Settings", self.folder / "config"))

    def _write(self, text, asked, heard, then, failed) -> Wish:
        def deliver() -> None:
            for piece in re.findall(r"\s?\S+", text):
                heard(piece)
            then(Written(text, self.traces(text), FinishReason.LENGTH))

        return self._answer("write", asked, deliver, failed)

    def _answer(self, kind: str, text: str, deliver: Callable[[], None], failed) -> Wish:
        self.asked.append(f"{kind}: {text}" if text else kind)
        wish, error = Wish(), self.error

        def end() -> None:
            if wish.close():
                deliver() if error is None else failed(error)

        if self.held:
            self._waiting.append(end)
        else:
            end()
        return wish


CRASHED = ErrorInfo(ErrorCode.ENGINE_CRASHED)
__all__ = ["CONTEXT", "CRASHED", "END", "PART_OF_A_CHARACTER", "WORDS", "ScriptedAsking", "Token", "cut", "part_of"]
