"""Chats of text-generation-webui: pairs of a question and its answer, and beside them when they were and their versions."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from desktop_app.domain.foreign.growing import Head, Node, grown, said
from desktop_app.domain.foreign.pieces import Tally, answer_parts, model_name
from desktop_app.domain.foreign.values import Values, amount, items, moment, text, values
from desktop_app.domain.messages import Role
from desktop_app.domain.moving_in import ForeignChat, Origin
from desktop_app.domain.parts import Part, TextPart

_GREETING = "<|BEGIN-VISIBLE-CHAT|>"
"""What stands for the question of an answer that a character begins with."""
_TIME = re.compile(r"([A-Z][a-z]{2}) (\d{1,2}), (\d{4}) (\d{1,2}):(\d{2})")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def is_text_generation_webui(found: Values) -> bool:
    """Return whether it is a chat of text-generation-webui's; old ones call their pairs `data`."""
    shown = found.get("visible", found.get("data_visible"))
    pairs = _pairs(found)
    return isinstance(shown, list) and isinstance(pairs, list) and all(_is_pair(pair) for pair in pairs[:3])


def text_generation_webui_chat(found: Values, fallback_at: float = 0.0) -> ForeignChat:
    """Return the chat; `fallback_at` is its time where it tells none.

    Its texts are taken as the model had them: those that were shown are changed by extensions, and escaped for a page.
    """
    metadata, tally = values(found.get("metadata")), Tally()
    nodes: list[Node] = []
    before: str | None = None
    pairs = items(_pairs(found))
    for place, pair in enumerate(pairs):
        if not _is_pair(pair):
            tally.unknown()
            continue
        asked, answered = (values(metadata.get(f"{role}_{place}")) for role in ("user", "assistant"))
        question = "" if pair[0] == _GREETING else pair[0]
        if question or asked:
            parts = said((*_files(asked, tally), TextPart(text(question))))
            nodes.append(Node(key=f"u{place}", parent=before, parts=parts or None, at=_time(asked)))
            before = f"u{place}"
        nodes += (answers := list(_answers(place, before, text(pair[1]), answered)))
        before = answers[-1].key
    first = next((text(each) for pair in pairs if _is_pair(pair) for each in pair if each and each != _GREETING), "")
    begun = next((node.at for node in nodes if node.at is not None), None)
    head = Head(
        origin=Origin.TEXT_GENERATION_WEBUI,
        key=f"{begun or 0:.0f}\n{first[:1000]}",
        current=before,
        fallback_at=fallback_at,
    )
    return grown(head, nodes, tally.leftovers())


def _pairs(found: Values) -> object:
    return found.get("internal", found.get("data"))


def _is_pair(found: object) -> bool:
    return isinstance(found, list) and len(found) == 2 and all(isinstance(each, str) for each in found)


def _answers(place: int, parent: str | None, written: str, told: Values) -> Iterator[Node]:
    """Give all versions of an answer, and last the one that was looked at."""
    model = model_name(told.get("model_name")) or model_name(told.get("model"))
    chosen = int(amount(told.get("current_version_index")))
    for number, value in enumerate(items(told.get("versions"))):
        version = values(value)
        content = text(version.get("content"))
        if number != chosen and content and content != written:
            parts = said(answer_parts(content)) or None
            key = f"a{place}.{number}"
            yield Node(key=key, parent=parent, role=Role.ASSISTANT, parts=parts, at=_time(version), model=model)
    parts = said(answer_parts(written)) or None
    yield Node(key=f"a{place}", parent=parent, role=Role.ASSISTANT, parts=parts, at=_time(told), model=model)


def _files(told: Values, tally: Tally) -> Iterator[Part]:
    for value in items(told.get("attachments")):
        file = values(value)
        kind = file.get("type")
        is_image = isinstance(kind, str) and kind.startswith("image")
        yield tally.image(file.get("name")) if is_image else tally.file(file.get("name"), file.get("content"))


def _time(told: Values) -> float | None:
    """Return a time such as `Jan 05, 2026 10:11` as Unix time in seconds; it has no zone, and is taken as UTC's."""
    found = told.get("timestamp")
    match = _TIME.fullmatch(found) if isinstance(found, str) else None
    if match is None or match[1] not in _MONTHS:
        return moment(found)
    try:
        numbers = (int(match[3]), _MONTHS.index(match[1]) + 1, int(match[2]), int(match[4]), int(match[5]))
        return moment(datetime(*numbers, tzinfo=UTC).timestamp())
    except ValueError:
        return None
