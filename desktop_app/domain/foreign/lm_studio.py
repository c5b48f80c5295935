"""Chats as LM Studio keeps them: a list of messages, of each all its versions and which of them is shown."""

from collections.abc import Iterator

from desktop_app.domain.foreign.growing import Head, Node, grown, said
from desktop_app.domain.foreign.pieces import Tally, answer_parts, call, model_name, speaker
from desktop_app.domain.foreign.values import Values, amount, items, key, line, moment, text, values
from desktop_app.domain.messages import FinishReason, MessageStatus, Receipt, Role
from desktop_app.domain.moving_in import ForeignChat, Origin
from desktop_app.domain.parts import Part, TextPart, ThoughtPart

_REASONS = {
    "eosFound": FinishReason.STOP,
    "stopStringFound": FinishReason.STOP,
    "maxPredictedTokensReached": FinishReason.LENGTH,
    "contextLengthReached": FinishReason.LENGTH,
    "userStopped": FinishReason.CANCELLED,
}
_UNSHOWN = ("debugInfoBlock", "status", "toolStatus")


def is_lm_studio(found: Values) -> bool:
    """Return whether it is a chat of LM Studio's."""
    messages = found.get("messages")
    if not isinstance(messages, list) or not ("createdAt" in found or "name" in found):
        return False
    return all(isinstance(values(each).get("versions"), list) for each in messages[:3])


def lm_studio_chat(found: Values, fallback_at: float = 0.0) -> ForeignChat:
    """Return the chat; `fallback_at` is its time where it tells none."""
    reading = _Reading(found)
    for value in items(found.get("messages")):
        reading.take(values(value))
    asked, answered = (moment(found.get(name)) or 0.0 for name in ("userLastMessagedAt", "assistantLastMessagedAt"))
    name = line(found.get("name"))
    head = Head(
        origin=Origin.LM_STUDIO,
        key=key(found.get("createdAt")) or f"{name}\n{reading.first_words}",
        title=name,
        created_at=moment(found.get("createdAt")),
        updated_at=max(asked, answered) or None,
        system_prompt=reading.instructions,
        current=reading.shown,
        pinned=found.get("pinned") is True,
        fallback_at=fallback_at,
    )
    return grown(head, reading.nodes, reading.tally.leftovers())


class _Reading:
    """Reads one message after the other; the shown version of each is the one before the next message."""

    def __init__(self, found: Values) -> None:
        self.tally = Tally()
        self.nodes: list[Node] = []
        self.shown: str | None = None
        self.instructions = _instructions(found)
        self.first_words = ""
        self._usual_model = model_name(values(found.get("lastUsedModel")).get("identifier"))
        self._keys: set[str] = set()

    def take(self, message: Values) -> None:
        """Add the versions of a message, as siblings."""
        selected = message.get("currentlySelected")
        before, shown = self.shown, None
        for place, value in enumerate(items(message.get("versions"))):
            version = values(value)
            node = self._node(version, before, place)
            self.nodes.append(node)
            if place == selected or shown is None:
                shown = node.key
        self.shown = shown or before

    def _node(self, version: Values, parent: str | None, place: int) -> Node:
        steps = [values(each) for each in items(version.get("steps"))]
        told = next((name for step in steps if (name := key(step.get("stepIdentifier")))), None)
        own = told if told is not None and told not in self._keys else f"{len(self._keys)}.{place}"
        self._keys.add(own)
        if version.get("role") == "system":
            self.instructions = self.instructions or "".join(_texts(version)).strip()
            return Node(key=own, parent=parent)
        role = speaker(version, self.tally)
        if role is None:
            return Node(key=own, parent=parent)
        is_answer = role is Role.ASSISTANT
        parts = said(part for block in (version, *steps) for part in self._block(block, is_answer=is_answer))
        self.first_words = self.first_words or "".join(_texts(version))[:200]
        at = _begun_at(told)
        receipt = self._receipt(version, steps, at) if is_answer else None
        stopped = receipt is not None and receipt.finish_reason is FinishReason.CANCELLED
        return Node(
            key=own,
            parent=parent,
            role=role,
            parts=parts or None,
            at=at,
            receipt=receipt,
            status=MessageStatus.STOPPED if stopped else MessageStatus.COMPLETE,
        )

    def _block(self, block: Values, *, is_answer: bool) -> Iterator[Part]:
        kind = block.get("type")
        if kind in _UNSHOWN:
            return
        is_thought = values(block.get("style")).get("type") == "thinking"
        for value in items(block.get("content")):
            piece = values(value)
            if piece.get("type") == "text" and is_thought:
                yield ThoughtPart(text(piece.get("text")))
            elif piece.get("type") == "text":
                written = text(piece.get("text"))
                yield from answer_parts(written) if is_answer else (TextPart(written),)
            else:
                yield from self._other(piece)

    def _other(self, piece: Values) -> Iterator[Part]:
        kind = piece.get("type")
        name = piece.get("name") or piece.get("fileIdentifier")
        if kind == "file":
            kept = self.tally.image if piece.get("fileType") == "image" else self.tally.file
            yield kept(name)
        elif kind == "image":
            yield self.tally.image(name)
        elif kind == "toolCallRequest":
            yield call(piece.get("name"), piece.get("parameters"), piece.get("callId"))
        elif kind == "toolCallResult":
            self.tally.tool_results += 1
        else:
            yield from self.tally.unknown()

    def _receipt(self, version: Values, steps: list[Values], at: float | None) -> Receipt | None:
        """Return what is known of how an answer was made; of several steps, what the last one tells."""
        infos = [info for step in steps if (info := values(step.get("genInfo")))]
        info = infos[-1] if infos else {}
        names = (info.get("identifier"), info.get("indexedModelIdentifier"))
        sender = values(version.get("senderInfo")).get("senderName")
        model = next((name for each in (*names, sender) if (name := model_name(each))), self._usual_model)
        stats = values(info.get("stats"))
        reason = stats.get("stopReason")
        if not model:
            return None
        return Receipt(
            model_name=model,
            made_at=at or 0.0,
            prompt_tokens=int(amount(stats.get("promptTokensCount"))),
            completion_tokens=sum(int(amount(values(each.get("stats")).get("predictedTokensCount"))) for each in infos),
            tokens_per_second=amount(stats.get("tokensPerSecond")),
            seconds_to_first_token=amount(stats.get("timeToFirstTokenSec")),
            finish_reason=_REASONS.get(reason, FinishReason.STOP) if isinstance(reason, str) else FinishReason.STOP,
        )


def _instructions(found: Values) -> str:
    told = text(found.get("systemPrompt")).strip()
    fields = items(values(found.get("perChatPredictionConfig")).get("fields"))
    prompts = (each for value in fields if (each := values(value)).get("key") == "llm.prediction.systemPrompt")
    return told or next((text(each.get("value")).strip() for each in prompts), "")


def _texts(version: Values) -> Iterator[str]:
    return (text(values(piece).get("text")) for piece in items(version.get("content")))


def _begun_at(told: str | None) -> float | None:
    """Return the time in the name of a step: milliseconds before the first hyphen."""
    digits = (told or "").partition("-")[0]
    return moment(int(digits)) if digits.isascii() and digits.isdigit() and len(digits) == 13 else None
