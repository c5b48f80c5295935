"""What the other tests build on: an answer of the short starter is as long as it may be."""

import sys

import pytest

from desktop_app.app import App
from desktop_app.domain.messages import FinishReason
from desktop_app.domain.sampling import Sampling
from tests.services.conftest import Heard

ENDS_AT_ONCE = Sampling(max_tokens=8, logit_bias={"<|im_end|>": 60.0, "<|endoftext|>": 60.0})


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it is the whole starter that answers")
@pytest.mark.parametrize("reproducible", [False, True])
def test_it_never_ends_an_answer_by_itself(open_app, starter_model: str, reproducible: bool) -> None:
    with open_app(reproducible=reproducible) as (app, heard):
        receipt = receipt_of(app, heard, starter_model, ENDS_AT_ONCE)
        assert (receipt.finish_reason, receipt.completion_tokens) == (FinishReason.LENGTH, 8)
        in_a_form = Sampling(max_tokens=8, grammar='root ::= "a"')
        assert receipt_of(app, heard, starter_model, in_a_form).finish_reason is FinishReason.STOP


def receipt_of(app: App, heard: Heard, model: str, sampling: Sampling):
    asked = app.chats.ask(None, "Hello", model_path=model, sampling=sampling)
    receipt = heard.answer(asked.answer_id).message.receipt
    assert receipt is not None
    return receipt
