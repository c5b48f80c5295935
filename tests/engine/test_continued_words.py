"""Stop strings and banned phrases that begin in what an answer had said before it was continued."""

import pytest

from desktop_app.domain.messages import FinishReason
from desktop_app.domain.sampling import Sampling
from desktop_app.protocol import engine as protocol


def go_on(loaded, prompt: str, begun: str, **sampling: object) -> tuple[str, protocol.Finished]:
    wanted = Sampling(max_tokens=20, **sampling)
    loaded.send(protocol.Generate(request_id="r", prompt=prompt + begun, sampling=wanted, begun=begun))
    reply = loaded.reply()
    assert isinstance(reply.end, protocol.Finished)
    return reply.text, reply.end


@pytest.mark.parametrize(("begun", "left"), [("one E", ""), ("one", " "), ("one END of", " two END")])
def test_a_stop_string_ends_it_though_it_had_begun_before(loaded, chat, begun: str, left: str) -> None:
    whole = "one END of two END of three" if begun.endswith("of") else "one END of two"
    grammar = f'root ::= "{whole}"'
    stop = ("END of",)
    text, end = go_on(loaded, chat("Count."), begun, grammar=grammar, stop=stop)
    assert (text, end.reason) == (left.removesuffix("END"), FinishReason.STOP)


def test_a_banned_phrase_is_not_completed_though_it_had_begun_before(loaded, chat) -> None:
    grammar = 'root ::= "as an " ("AI" | "owl" | "ox") " here"'
    for seed in range(4):
        text, _end = go_on(
            loaded, chat("Who are you?"), "as an ", grammar=grammar, banned=("AS AN AI", "an ox"), seed=seed
        )
        assert text == "owl here"


def test_a_phrase_that_was_said_whole_before_is_left_alone(loaded, chat) -> None:
    grammar = 'root ::= "an owl is" " an owl"? " here"'
    text, _end = go_on(loaded, chat("Who are you?"), "an owl is", grammar=grammar, banned=("an owl", "owl is here so"))
    assert text == " here"
