"""What the line below an answer says of how it ended."""

import msgspec

from desktop_app.domain.messages import MessageStatus, Receipt
from desktop_app.gui.chat.rows.footer import end_line
from tests.gui.chat.conftest import MakeView


def test_an_answer_that_was_stopped_before_its_first_token_tells_no_speed(shown: MakeView) -> None:
    answer = shown("a", "", status=MessageStatus.STOPPED).message
    stopped = msgspec.structs.replace(answer, receipt=Receipt(model_name="m", seed=1))
    assert end_line(stopped) == "Stopped · 0 tokens"
    assert end_line(answer) == "Stopped · 412 tokens · 61 tok/s · first token after 0.18 s"
