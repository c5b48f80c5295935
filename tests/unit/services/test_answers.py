"""An answer that streams: what is told of it and of the thought before it, of calls in it, and what is kept."""

from desktop_app.domain.messages import Message, MessageStatus, Receipt, Role
from desktop_app.domain.parts import TextPart, ThoughtPart, ToolCallPart
from desktop_app.domain.traces import Option, RunStart, Trace, Traces
from desktop_app.services.answering.answers import Answer
from desktop_app.services.events import AnswerDelta, ServiceEvent, ThoughtDelta, ToolCallMade
from desktop_app.support.publisher import Publisher


class Making:
    """An answer being made, what it told, and how it ended; each piece takes half a second."""

    def __init__(self, *parts: TextPart | ThoughtPart | ToolCallPart) -> None:
        self.told: list[ServiceEvent] = []
        self.ended: list[Message] = []
        events: Publisher[ServiceEvent] = Publisher()
        events.subscribe(self.told.append)
        message = Message(
            id="a", chat_id="c", parent_id="q", role=Role.ASSISTANT, parts=parts, status=MessageStatus.STREAMING,
            created_at=0.0,
        )  # fmt: skip
        self.now = 0.0
        self.answer = Answer(
            message, events, lambda _answer, ended: self.ended.append(ended), (), None, "",
            lambda _id, _memory: None, lambda: self.now,
        )  # fmt: skip

    def think(self, *pieces: str) -> None:
        for piece in pieces:
            self.answer.on_thought(piece)
            self.now += 0.5

    def write(self, *pieces: str) -> None:
        for piece in pieces:
            self.answer.on_text(piece)
            self.now += 0.5

    def told_pieces(self, kind: type[AnswerDelta | ThoughtDelta]) -> list[tuple[int, str]]:
        return [(event.start, event.text) for event in self.told if isinstance(event, kind)]


def test_a_thought_and_the_answer_are_parts_of_their_own() -> None:
    making = Making()
    making.think("Two and", " two\n\n")
    making.write("Fo", "ur.")
    making.answer.on_finished(Receipt(model_name="m"))
    assert making.ended[0].parts == (ThoughtPart("Two and two", 1.0), TextPart("Four."))
    assert making.ended[0].text == "Four."
    assert making.told_pieces(ThoughtDelta) == [(0, "Two and"), (7, " two\n\n")]
    assert making.told_pieces(AnswerDelta) == [(0, "Fo"), (2, "ur.")]


def test_a_snapshot_in_mid_thought_has_every_character_that_was_told() -> None:
    making = Making()
    making.think("One \n")
    (part,) = making.answer.snapshot().parts
    assert isinstance(part, ThoughtPart)
    assert part.text == "One \n"


def test_a_thought_that_is_stopped_counts_until_its_end() -> None:
    making = Making()
    making.think("Hm", "…")
    making.answer.end(MessageStatus.STOPPED)
    assert making.ended[0].parts == (ThoughtPart("Hm…", 1.0),)


def test_an_answer_goes_on_behind_what_it_thought() -> None:
    making = Making(ThoughtPart("Two and two", 3.0), TextPart("Fo"))
    making.write("ur.")
    making.answer.on_finished(Receipt(model_name="m"))
    assert making.ended[0].parts == (ThoughtPart("Two and two", 3.0), TextPart("Four."))
    assert making.told_pieces(AnswerDelta) == [(2, "ur.")]


def test_a_thought_goes_on_and_its_time_is_added_up() -> None:
    making = Making(ThoughtPart("Two", 3.0))
    making.think(" and two")
    making.write("Four.")
    making.answer.on_finished(Receipt(model_name="m"))
    assert making.ended[0].parts == (ThoughtPart("Two and two", 3.5), TextPart("Four."))


CALL = ToolCallPart("get_weather", "{}", "<tool_call>…</tool_call>")


def test_calls_keep_their_places_in_the_text() -> None:
    making = Making()
    making.think("Hm")
    making.answer.on_tool_call(CALL)
    making.write("Let me", " look.")
    making.answer.on_tool_call(CALL)
    making.answer.on_tool_call(CALL)
    snapshot = making.answer.take_unsaved()
    assert snapshot is not None
    assert snapshot.parts == (ThoughtPart("Hm", 0.5), CALL, TextPart("Let me look."), CALL, CALL)
    making.write("So.")
    making.answer.on_finished(Receipt(model_name="m"))
    assert making.ended[0].parts == (*snapshot.parts, TextPart("So."))
    assert making.told_pieces(AnswerDelta) == [(0, "Let me"), (6, " look."), (12, "So.")]
    assert [event.index for event in making.told if isinstance(event, ToolCallMade)] == [0, 1, 2]


def test_an_answer_goes_on_behind_its_calls() -> None:
    making = Making(TextPart("Let me look."), CALL)
    making.write("So.")
    making.answer.on_tool_call(CALL)
    making.answer.on_finished(Receipt(model_name="m"))
    assert making.ended[0].parts == (TextPart("Let me look."), CALL, TextPart("So."), CALL)
    assert [event.index for event in making.told if isinstance(event, ToolCallMade)] == [1]


def test_traces_count_from_where_the_answer_went_on_until_it_ends() -> None:
    making = Making(ThoughtPart("Hm"), TextPart("One "))
    option = Option(1, b"two", 0.5, 1.0)
    making.answer.on_traces(Traces.of([Trace(option, (option,))]).flat())
    making.write("two")
    making.answer.on_finished(Receipt(model_name="m"))
    making.answer.on_traces(Traces.of([Trace(option, (option,))]).flat())
    traces = making.answer.traces()
    assert len(traces) == 1
    assert traces.starts == (RunStart(0, len("Hm"), len("One ")),)
