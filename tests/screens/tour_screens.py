"""The screens of the guided tour, over a scripted model, and its offer in the empty chat."""

import random
from collections.abc import Callable
from functools import partial
from pathlib import Path

from desktop_app.domain.messages import Role
from desktop_app.domain.tour import STEPS, TourProgress, TourStep
from desktop_app.gui.tour.loop import LoopPart
from desktop_app.gui.tour.offer import TourOffer
from desktop_app.gui.tour.page import TourPage
from desktop_app.gui.tour.part import LivePart
from desktop_app.gui.tour.parts import make_part
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.support.network import NetworkUse
from tests.scripted_tour import ScriptedAsking

TALK = (
    (Role.SYSTEM, "You keep a lighthouse, and answer in short paragraphs."),
    (Role.USER, "Write a function that blinks a lamp in Morse code, and say what each part does."),
    (Role.ASSISTANT, "It walks the text once and sleeps between symbols. A dash is three dots long. " * 9),
    (Role.USER, "And if the lamp fails half way?"),
    (Role.ASSISTANT, "Then it may stay lit. Wrap the loop so that it always ends dark. " * 3),
)


def tour(step: TourStep, window: MainWindow) -> LivePart:
    """Show a step, those before it done, and return its live part."""
    asking = ScriptedAsking(Path("/home/me/.local/share/inglenook"))
    asking.turns = TALK
    asking.ledger = [NetworkUse(1_795_000_000.0, "huggingface.co", "download", 98_362_432)]
    page: TourPage = window.tour_page
    page.make_part = lambda wanted: make_part(wanted, window.theme, asking)
    done = tuple(each.value for each in STEPS[: STEPS.index(step)])
    page.go_on(TourProgress(at=step.value, done=done))
    window.show_page("tour")
    return page.parts[step]


def loop(window: MainWindow) -> None:
    part = tour(TourStep.NEXT_TOKEN, window)
    assert isinstance(part, LoopPart)
    part._chance = random.Random(3)
    for _token in range(7):
        part.next_button.click()


def clicked(step: TourStep, button: str, window: MainWindow) -> None:
    getattr(tour(step, window), button).click()


def small_context(window: MainWindow) -> None:
    part = tour(TourStep.CONTEXT, window)
    part.field.value_edited.emit(200.0)  # type: ignore[attr-defined]


def no_model(window: MainWindow) -> None:
    tour(TourStep.TOKENS, window)
    words = "This step asks a model, and none is chosen yet. Choose one, then come back: the tour waits here."
    window.tour_page.show_hindrance(words, "Choose a model")


def offer(window: MainWindow) -> None:
    window.sidebar.set_current(None)
    window.top_bar.set_title("New chat", editable=False)
    window.chat_view().empty_hint("Ask anything. The model runs on this computer, and nothing leaves it.")
    TourOffer(window.theme, window.chat_view().viewport()).show()


SCREENS: dict[str, Callable[[MainWindow], object]] = {
    **{f"tour-{step.value}": partial(tour, step) for step in STEPS},
    f"tour-{TourStep.NEXT_TOKEN.value}": loop,
    f"tour-{TourStep.TEMPERATURE.value}": partial(clicked, TourStep.TEMPERATURE, "write_button"),
    f"tour-{TourStep.INVENTION.value}": partial(clicked, TourStep.INVENTION, "ask_button"),
    "tour-context-small": small_context,
    "tour-no-model": no_model,
    "tour-offer": offer,
}
