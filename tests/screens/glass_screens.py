"""The screens of how an answer came about: the glass box, its receipt, two answers compared."""

from collections.abc import Callable

import msgspec

from desktop_app.domain.answer_tokens import spans
from desktop_app.domain.messages import Message, MessageStatus, Receipt, Role
from desktop_app.domain.near_words import NearWord, NearWords, WordPieces
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.word_diff import word_diff
from desktop_app.gui.chat.markdown.source_map import Stretch
from desktop_app.gui.look.tints import step_of
from desktop_app.gui.receipts.compare_candidates import Candidate
from desktop_app.gui.window.main_window import MainWindow
from tests.screens import pictures
from tests.screens.chat_screens import ANSWER, QUESTION, SECOND_ANSWER, fill_chat, message
from tests.screens.shown_window import QWEN, show_panel
from tests.traced_answers import made_up_attention, made_up_traces

NEAR_WORDS = NearWords(
    near=tuple(
        NearWord(word, token, similarity)
        for token, (word, similarity) in enumerate(
            {"queen": 0.73, "princess": 0.63, "kings": 0.62, "emperor": 0.58, "Empress": 0.56, "goddess": 0.56}.items()
        )
    ),
    words=(WordPieces("king", (b" king",)), WordPieces("woman", (b" woman",)), WordPieces("man", (b" man",))),
    length=576,
    vocabulary=49_152,
)
RECEIPT = Receipt(
    model_name="Qwen3 8B", model_file="Qwen3-8B-Q4_K_M.gguf", model_size=QWEN.size, quantization="Q4_K_M",
    model_hash="sha256:d98cdcbd03e17ce47681435b5150e34c1417f50b5c0019dd560e4882c5745785",
    engine_build="installed 0.3.36", engine_version="llama.cpp 8.1.0, llama-cpp-python 0.3.36", device="GPU 28/33",
    cpu_features="SSE3 SSSE3 AVX AVX2 F16C FMA BMI2 LLAMAFILE OPENMP REPACK", kv_type="f16", context_size=8192,
    threads=8, template_hash="a4aee2ee1b3e1f6c", prompt_hash="0f6d3a1c55b2e970", tokens_hash="5b1e6f0c7a2d9384",
    sampling=Sampling(temperature=0.6, top_p=0.9), seed=71_220, prompt_tokens=3062, cached_tokens=2980,
    completion_tokens=412, decodes=310, guessed_tokens=140, true_guesses=102, seconds_to_first_token=0.18,
    tokens_per_second=61, energy=0.0214, energy_sources=("processor", "graphics card"), made_at=1_795_000_000,
)  # fmt: skip
FIRST_TEXT = (
    "Then `lamp.on()` raises, and the lamp may stay lit. Wrap the inner loop so that it always ends dark.\n\n"
    "Use try and finally: what stands in finally runs whether the loop ended well or not."
)
SECOND_TEXT = (
    "Then `lamp.on()` raises, and the lamp may stay lit. Wrap the whole loop in a context manager, so that it "
    "always ends dark.\n\nWhat stands in finally runs whether the loop ended well or not, at any speed."
)


def answered(name: str, text: str, receipt: Receipt) -> Message:
    """Return an answer with a whole receipt."""
    return msgspec.structs.replace(message(name, Role.ASSISTANT, text), receipt=receipt)


def compare(window: MainWindow) -> None:
    other = msgspec.structs.replace(
        RECEIPT, sampling=Sampling(temperature=1.1), seed=9, tokens_per_second=58.0, energy=None, energy_sources=(),
        completion_tokens=431,
    )  # fmt: skip
    offered = [
        Candidate("a", "Answer 1 of 2", answered("a", FIRST_TEXT, RECEIPT)),
        Candidate("new", "New answer, not kept", answered("a", SECOND_TEXT, other)),
    ]
    window.show_page("compare")
    pictures.settle(window, 1)
    window.compare_page.show_pair(offered, "a", "new", "a")
    window.compare_page.show_diff("a", "new", word_diff(FIRST_TEXT, SECOND_TEXT))


def glass(window: MainWindow, text: str = SECOND_ANSWER + ".") -> None:
    """The glass box of an answer, with another word chosen."""
    fill_chat(window, last=MessageStatus.COMPLETE)
    window.panel.show_tab("glass")
    tab = window.panel.glass_tab
    tab.show_traces(made_up_traces(text), lambda _number, _option: True)
    tab.choose(next(number for number in range(8, 60) if 0.1 < tab.flow.probability(number) < 0.5))
    tab.receipt.show_answer(answered("a", text, RECEIPT))
    show_panel(window)


def glass_end(window: MainWindow) -> None:
    glass(window, ANSWER * 6)
    pictures.settle(window)
    bar = window.panel.glass_tab.verticalScrollBar()
    bar.setValue(bar.maximum())


def glass_unrecorded(window: MainWindow) -> None:
    glass(window)
    window.panel.glass_tab.show_unrecorded(recording=False, can_work_out=True)


def glass_attention(window: MainWindow) -> None:
    """What was looked at for a word, and the words that are near to it."""
    glass(window)
    tab = window.panel.glass_tab
    tab.attention.show_attention(made_up_attention(QUESTION, SECOND_ANSWER + "."))
    tab.attention.choose(tab.number)
    tab.vectors.head.click()
    assert tab.sums is not None
    tab.sums.begin_with("king", "man", "woman")
    tab.sums.show_found(NEAR_WORDS)
    pictures.settle(window)
    tab.ensureWidgetVisible(tab.sums.note)
    tab.ensureWidgetVisible(tab.attention.bands)


def glass_reading(window: MainWindow) -> None:
    glass(window)
    window.panel.glass_tab.show_working()
    window.panel.glass_tab.reading.show_fraction(0.42)


def tinted_chat(window: MainWindow) -> None:
    """How sure the model was, in the chat itself."""
    fill_chat(window, last=MessageStatus.COMPLETE)
    view = window.chat_view()
    view.show_tints(True)
    for name, text in (("a1", ANSWER), ("a2", SECOND_ANSWER)):
        traces = made_up_traces(text)
        steps = [Stretch(span.begin, span.end, step_of(traces.probability(number)))
                 for number, span in enumerate(spans(traces, "", text)) if span is not None]  # fmt: skip
        view.set_tints(name, {"text": steps})


SCREENS: dict[str, Callable[[MainWindow], object]] = {
    "compare": compare,
    "glass": glass,
    "glass-end": glass_end,
    "glass-unrecorded": glass_unrecorded,
    "glass-reading": glass_reading,
    "glass-attention": glass_attention,
    "tinted-chat": tinted_chat,
}
