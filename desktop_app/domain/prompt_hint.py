"""Tells what the first question of a chat lacks where it says next to nothing: its matter, whom it is for, its form.

Only English is judged, by rules: a question is vague where its words are of those that say nothing ('write something',
'make it better'). A word that is not known here counts as something said, so that questions in other languages get no
hint rather than a wrong one.
"""

import re
from collections.abc import Sequence
from enum import StrEnum

import msgspec

from desktop_app.domain import prompt_words as kinds
from desktop_app.domain.prompt_words import Task

LONGEST = 160
"""Characters from which on a question says enough, or brings along what it is about."""
_PLAIN = {0x2019: "'", 0x2018: "'", 0x2026: "...", 0x2013: "-", 0x2014: "-"}
_JUDGED = re.compile(r"[A-Za-z0-9 ,.!?'&-]*")
"""Quotes, colons, lines and signs of code bring something along; letters of other scripts are of other languages."""
_WORD = re.compile(r"[A-Za-z]+(?:'[A-Za-z]+)?|\d+")


class Lack(StrEnum):
    """What a question does not say: the thing that 'it' is, what it is about, for whom or what, and its form."""

    MATERIAL = "material"
    SUBJECT = "subject"
    CONTEXT = "context"
    FORM = "form"


class PromptHint(msgspec.Struct, frozen=True):
    """What a question lacks, at least one thing, and what it wants."""

    lacks: tuple[Lack, ...]
    task: Task


class _Said(msgspec.Struct, frozen=True):
    """Words behind a verb, and those of them that say something; with their capitals, `named` are words of names."""

    words: tuple[str, ...]
    named: frozenset[str]

    @property
    def telling(self) -> tuple[str, ...]:
        """The words that say something."""
        return tuple(word for word in self.words if word not in kinds.KNOWN and not word.isdigit())

    @property
    def is_one_thing(self) -> bool:
        """Whether all that is said is one word."""
        return len(self.telling) == 1

    @property
    def has_name(self) -> bool:
        """Whether somebody or something is called by its name."""
        return any(word in self.named for word in self.words)

    @property
    def has_number(self) -> bool:
        """Whether it says how many, or how long."""
        return any(word.isdigit() for word in self.words)

    @property
    def has_it(self) -> bool:
        """Whether it speaks of 'it'."""
        return self.has(kinds.IT)

    @property
    def names_material(self) -> bool:
        """Whether something is spoken of as if it were there: 'it', 'this essay', 'my code'."""
        return self.has_it or (self.has(kinds.POINTING) and self.has(kinds.THINGS))

    @property
    def begins_with_material(self) -> bool:
        """Whether it is something to be changed: 'my essay better'."""
        first, second = (*self.words, "", "")[:2]
        return first in kinds.POINTING and second in kinds.THINGS

    def has(self, kind: frozenset[str]) -> bool:
        """Whether there is a word of a kind."""
        return any(word in kind for word in self.words)

    def behind(self, count: int) -> "_Said":
        """Return what follows the first words."""
        return _Said(self.words[count:], self.named)


def prompt_hint(question: str) -> PromptHint | None:
    """Return what the first question of a chat lacks; None where it says enough, or cannot be judged."""
    if len(question) > LONGEST:
        return None
    text = question.strip().translate(_PLAIN)
    if not _JUDGED.fullmatch(text):
        return None
    found = _WORD.findall(text.lower() if text.isupper() else text)
    words = [word.lower() for word in found]
    said = _Said(tuple(_without_opening(words)), frozenset(word.lower() for word in found if not word.islower()))
    first = said.words[:1]
    if " ".join(said.words) in kinds.ABOUT_NOTHING:
        return PromptHint((Lack.SUBJECT, Lack.CONTEXT), Task.OTHER)
    if " ".join(said.words) in kinds.ABOUT_UNSEEN:
        return PromptHint((Lack.MATERIAL,), Task.OTHER)
    if first == ("help",):
        return _of_help(said.behind(1))
    if len(words) < 2 or (words[:2] == ["can", "you"] and not said.has(kinds.DETERMINERS)):
        return None  # one word may be of any language, and 'can you write poems' asks what a model can do
    return _of_request(said)


def _without_opening(words: Sequence[str]) -> Sequence[str]:
    """Return the words of a request without the polite ones before it; who needs something wants it given."""
    while opening := next((each for each in kinds.OPENINGS if tuple(words[: len(each)]) == each), None):
        words = words[len(opening) :]
    if list(words[:2]) not in (["i", "need"], ["i", "want"]):
        return words
    return words[2:] if words[2:3] == ["help"] else ["give", *words[2:]]


def _of_help(said: _Said) -> PromptHint | None:
    """Judge a question for help: with what, or to do what."""
    said = said.behind(1) if said.words[:1] in (("me",), ("us",)) else said
    said = said.behind(1) if said.words[:1] == ("to",) else said
    first = said.words[0] if said.words else ""
    if first in kinds.VERBS:
        return _of_request(said)
    if first in kinds.UNDERTAKINGS:
        return None if said.behind(1).telling else PromptHint((Lack.SUBJECT, Lack.CONTEXT), Task.OTHER)
    if first not in ("", "with", "please", "now") or said.has(kinds.PERSONS) or said.has_number or said.has_name:
        return None
    if not said.telling and said.names_material:
        return PromptHint((Lack.MATERIAL, Lack.CONTEXT), _task_of_changing("help", said))
    if not said.telling:
        return PromptHint((Lack.SUBJECT, Lack.CONTEXT), Task.OTHER)
    return PromptHint((Lack.SUBJECT,), Task.OTHER) if first == "with" and said.is_one_thing else None


def _of_request(request: _Said) -> PromptHint | None:
    """Judge a request that begins with a verb."""
    verb, said = request.words[0] if request.words else "", request.behind(1)
    if said.has(kinds.DENYING):
        return None
    if verb in kinds.TELLING:
        return _of_telling(said)
    if verb == "make" and said.begins_with_material:
        return _of_changing(verb, said)
    if verb in kinds.MAKING and (not said.has_it or said.has(kinds.FORMS) or said.has(kinds.ANYTHING)):
        return _of_making(verb, said)
    return _of_changing(verb, said) if verb in kinds.MAKING or verb in kinds.CHANGING else None


def _of_telling(said: _Said) -> PromptHint | None:
    """Judge a request to tell about something: one plain word for it leaves everything open."""
    is_open = "about" in said.words or "more" in said.words or said.has(kinds.ANYTHING)
    if not is_open or said.has(kinds.FORMS | kinds.YOU | kinds.PERSONS) or said.has_number or said.has_name:
        return None
    if not said.telling:
        return PromptHint((Lack.SUBJECT,), Task.EXPLAIN)
    return PromptHint((Lack.SUBJECT, Lack.FORM), Task.EXPLAIN) if said.is_one_thing else None


def _of_making(verb: str, said: _Said) -> PromptHint | None:
    """Judge a request to make something new."""
    count, is_about = len(said.telling), "about" in said.words or "on" in said.words
    has_form, is_anything = said.has(kinds.FORMS) or said.has_number, said.has(kinds.ANYTHING)
    if is_anything:
        vague = count == 0 or (count <= 2 and is_about)
    elif has_form:
        vague = count == 0
    else:
        says_nothing = all(word in kinds.EMPTY or word in kinds.PERSONS for word in said.words)
        vague = verb in kinds.WRITING and (says_nothing or (count <= 2 and is_about))
    lacks = (
        (Lack.SUBJECT, count == 0 and not said.has(kinds.TOPICS)),
        (Lack.CONTEXT, not said.has(kinds.PERSONS)),
        (Lack.FORM, not has_form),
    )
    found = tuple(lack for lack, is_missing in lacks if is_missing and vague)
    return PromptHint(found, Task.WRITE if is_anything else _task_of_making(said)) if found else None


def _of_changing(verb: str, said: _Said) -> PromptHint | None:
    """Judge a request to change or look at something, which nobody has seen yet."""
    if verb == "translate":
        into = said.words[:1] in (("to",), ("into",)) and len(said.telling) == 1
        vague = into or (len(said.telling) <= 1 and said.names_material)
    else:
        vague = not said.telling and said.names_material
    if not vague:
        return None
    task = _task_of_changing(verb, said)
    has_aim = task is not Task.IMPROVE or verb in kinds.EXACT or said.has(kinds.PERSONS)
    return PromptHint((Lack.MATERIAL,) if has_aim else (Lack.MATERIAL, Lack.CONTEXT), task)


def _task_of_making(said: _Said) -> Task:
    return next((task for task, forms in kinds.FORMS_OF.items() if said.has(forms)), Task.WRITE)


def _task_of_changing(verb: str, said: _Said) -> Task:
    usual = kinds.TASKS.get(verb, Task.IMPROVE)
    return Task.DEBUG if usual is Task.IMPROVE and said.has(kinds.BROKEN) else usual
