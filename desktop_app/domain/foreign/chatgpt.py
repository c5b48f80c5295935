"""Chats as ChatGPT exports them: each a mapping of nodes that name their parent, with one node as the current one.

An answer of a thinking model, or one that used tools, is a chain of nodes there and one message here.
"""

import json
import re
from collections.abc import Iterator, Mapping

from desktop_app.domain.foreign.growing import Head, Node, grown, joined, said
from desktop_app.domain.foreign.pieces import Tally, call, code, document, model_name
from desktop_app.domain.foreign.values import Values, items, key, line, moment, number, seconds, text, values
from desktop_app.domain.messages import MessageStatus, Role
from desktop_app.domain.moving_in import ForeignChat, Origin
from desktop_app.domain.parts import Part, TextPart, ThoughtPart

_REFERENCE = re.compile("\ue200[^\ue200\ue201]{0,4000}\ue201")
"""What stands in a text for a source, between characters for private use."""
_LEAST_WEIGHT = 0.0
_CODE_RUNNERS = ("python", "container.exec")
_CANVAS = "canmore.create_textdoc"
_UNSHOWN = ("user_editable_context", "model_editable_context")


def is_chatgpt(found: Values) -> bool:
    """Return whether it is a chat of ChatGPT's."""
    return isinstance(found.get("mapping"), dict)


def chatgpt_chat(found: Values, fallback_at: float = 0.0) -> ForeignChat:
    """Return the chat; `fallback_at` is its time where it tells none."""
    mapping = values(found.get("mapping"))
    parents = _listed_parents(mapping)
    reading = _Reading(model_name(found.get("default_model_slug")) or "ChatGPT")
    nodes: list[Node] = []
    for name, value in mapping.items():
        entry = values(value)
        parent = key(entry.get("parent"))
        if parent is None or parent not in mapping:
            parent = parents.get(name, parent)
        nodes.append(reading.node(name, parent, values(entry.get("message"))))
    head = Head(
        origin=Origin.CHATGPT,
        key=key(found.get("conversation_id")) or key(found.get("id")) or "\n".join(list(mapping)[:4]),
        title=line(found.get("title")),
        created_at=moment(found.get("create_time")),
        updated_at=moment(found.get("update_time")),
        system_prompt="\n\n".join(dict.fromkeys(reading.instructions)),
        current=key(found.get("current_node")),
        pinned=found.get("is_starred") is True,
        fallback_at=fallback_at,
    )
    return grown(head, joined(nodes), reading.tally.leftovers())


def _listed_parents(mapping: Values) -> dict[str, str]:
    """Return by which node each is listed as the next one, should it not say it itself."""
    return {
        child: name
        for name, value in mapping.items()
        for child in items(values(value).get("children"))
        if isinstance(child, str)
    }


class _Reading:
    """Reads the nodes of one chat, and keeps what belongs to the whole of it."""

    def __init__(self, usual_model: str) -> None:
        self.tally = Tally()
        self.instructions: list[str] = []
        self._usual_model = usual_model

    def node(self, name: str, parent: str | None, message: Values) -> Node:
        """Return a node; one without parts where nothing of it is shown."""
        role = values(message.get("author")).get("role")
        metadata = values(message.get("metadata"))
        content = values(message.get("content"))
        self.instructions += _instructions(metadata, content)
        if role == "system":
            self.instructions += [found for part in items(content.get("parts")) if (found := text(part).strip())]
            return Node(key=name, parent=parent)
        if _is_hidden(message, metadata) or not content:
            return Node(key=name, parent=parent)
        if role not in ("user", "assistant", "tool"):
            self.tally.unknown()
            return Node(key=name, parent=parent)
        parts = tuple(self._parts(role, message, metadata, content))
        is_answer = role != "user"
        stopped = values(metadata.get("finish_details")).get("type") == "interrupted"
        return Node(
            key=name,
            parent=parent,
            role=Role.ASSISTANT if is_answer else Role.USER,
            parts=(parts if is_answer else said(parts)) or None,
            at=moment(message.get("create_time")),
            model=(model_name(metadata.get("model_slug")) or self._usual_model) if is_answer else "",
            status=MessageStatus.STOPPED if stopped and is_answer else MessageStatus.COMPLETE,
        )

    def _parts(self, role: str, message: Values, metadata: Values, content: Values) -> Iterator[Part]:
        kind = content.get("content_type")
        attached = _attached(metadata)
        shown = {id_ for id_ in attached if any(id_ in _pointer(part) for part in items(content.get("parts")))}
        for id_, name in attached.items():
            if id_ not in shown:
                yield self.tally.file(name)
        if kind == "thoughts":
            yield from _thoughts(content, metadata)
        elif kind == "reasoning_recap":
            yield ThoughtPart("", seconds(metadata.get("finished_duration_sec")))
        elif kind == "code":
            yield from _code(message, content)
        elif kind == "execution_output":
            yield code(content.get("text"))
        elif kind in _UNSHOWN:
            return
        elif role == "tool" and kind != "multimodal_text":
            self.tally.tool_results += 1
        elif kind in ("text", "multimodal_text", None):
            recipient = message.get("recipient")
            written = [part for part in items(content.get("parts")) if part != ""]
            if role == "assistant" and isinstance(recipient, str) and recipient != "all":
                yield from (piece for part in written for piece in _called(recipient, text(part)))
                return
            for part in written:
                yield from self._part(part, metadata, attached, role)
        else:
            yield from self._of_unknown_kind(content)

    def _part(self, part: object, metadata: Values, attached: Mapping[str, str], role: str) -> Iterator[Part]:
        if isinstance(part, str):
            if role == "tool":
                return  # what a picture was asked for with: words to the model
            yield TextPart(_with_links(text(part), metadata))
            return
        found = values(part)
        kind = found.get("content_type")
        if kind == "image_asset_pointer":
            pointer = _pointer(found)
            yield self.tally.image(next((name for id_, name in attached.items() if id_ in pointer), None))
        elif kind == "audio_transcription":
            yield TextPart(text(found.get("text")))
        elif isinstance(kind, str) and "audio" in kind:
            yield self.tally.file("audio")
        elif text(found.get("text")):
            yield TextPart(text(found.get("text")))
        else:
            yield from self.tally.unknown()

    def _of_unknown_kind(self, content: Values) -> Iterator[Part]:
        """Keep the words of what is newer than this, where there are any."""
        texts = [text(part) for part in (content.get("text"), *items(content.get("parts"))) if text(part)]
        if texts:
            yield from (TextPart(found) for found in texts)
        else:
            yield from self.tally.unknown()


def _is_hidden(message: Values, metadata: Values) -> bool:
    weight = number(message.get("weight"))
    is_weightless = weight is not None and weight <= _LEAST_WEIGHT
    return is_weightless or metadata.get("is_visually_hidden_from_conversation") is True


def _instructions(metadata: Values, content: Values) -> list[str]:
    """Return what a person told all chats about themselves and about how to answer."""
    told = values(metadata.get("user_context_message_data"))
    found = [text(told.get(name)).strip() for name in ("about_user_message", "about_model_message")]
    if not any(found) and content.get("content_type") == "user_editable_context":
        found = [text(content.get(name)).strip() for name in ("user_profile", "user_instructions")]
    return [each for each in found if each]


def _attached(metadata: Values) -> dict[str, str]:
    """Return the names of the attached files by their ids."""
    found: dict[str, str] = {}
    for place, value in enumerate(items(metadata.get("attachments"))):
        attachment = values(value)
        found[key(attachment.get("id")) or f"\0{place}"] = line(attachment.get("name"))
    return found


def _pointer(part: object) -> str:
    pointer = values(part).get("asset_pointer")
    return pointer if isinstance(pointer, str) else ""


def _thoughts(content: Values, metadata: Values) -> Iterator[Part]:
    took = seconds(metadata.get("finished_duration_sec"))
    for value in items(content.get("thoughts")):
        thought = values(value)
        pieces = (text(thought.get("summary")).strip(), text(thought.get("content")).strip())
        yield ThoughtPart("\n\n".join(piece for piece in pieces if piece), took)
        took = 0.0


def _code(message: Values, content: Values) -> Iterator[Part]:
    """Give what the model had run, or what it told another tool."""
    recipient = message.get("recipient")
    source = text(content.get("text")) or "\n".join(text(part) for part in items(content.get("parts")))
    if recipient in _CODE_RUNNERS or not isinstance(recipient, str) or recipient == "all":
        language = content.get("language")
        yield code(source, language if language != "unknown" else ("python" if recipient == "python" else None))
        return
    yield from _called(recipient, source)


def _called(recipient: str, source: str) -> Iterator[Part]:
    """Give what the model told a tool; of a document that it had written, the document."""
    told = _as_object(source) if recipient == _CANVAS else {}
    if text(told.get("content")):
        kind, _slash, language = text(told.get("type")).partition("/")
        yield from document(told.get("name"), told["content"], language, is_prose=kind == "document")
    elif source:
        yield call(recipient, source)


def _as_object(source: str) -> Values:
    try:
        return values(json.loads(source, strict=False))
    except (ValueError, RecursionError):
        return {}


def _with_links(found: str, metadata: Values) -> str:
    """Return a text with links in place of the marks for sources; marks that nobody explains are left out."""
    if "\ue200" not in found:
        return found
    for value in items(metadata.get("content_references")):
        reference = values(value)
        mark, link = reference.get("matched_text"), text(reference.get("alt"))
        if isinstance(mark, str) and mark.startswith("\ue200") and link:
            found = found.replace(mark, link)
    return _REFERENCE.sub("", found)
