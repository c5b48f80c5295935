"""The words of the tour: the title of each step, and what it says."""

from typing import NamedTuple

from desktop_app.domain.tour import TourStep
from desktop_app.support.i18n import _


class StepWords(NamedTuple):
    """A short title, and two or three plain sentences."""

    title: str
    text: str


def step_words(step: TourStep) -> StepWords:
    """Return what a step is called and what it says."""
    texts = {
        TourStep.TOKENS: StepWords(
            _("Tokens"),
            _(
                "A model reads neither letters nor words. It reads tokens: pieces that it knows by number. "
                "Type something and see how it is cut. Rare words, names and other languages take more pieces."
            ),
        ),
        TourStep.EMBEDDINGS: StepWords(
            _("Embeddings"),
            _(
                "Each token stands for a vector: a list of numbers that the model learned. What is used alike lies close "
                "together, so that one can calculate with meaning. Try words of your own."
            ),
        ),
        TourStep.ATTENTION: StepWords(
            _("Attention"),
            _(
                "Before each token the model looks back at all tokens so far, and takes from each as much as seems to "
                "matter. Choose a word: the stronger the colour, the more it was looked at."
            ),
        ),
        TourStep.NEXT_TOKEN: StepWords(
            _("The next token"),
            _(
                "A model can do one thing: say how likely each token is to come next. One is drawn and put at the end, "
                "then all begins again. This loop is how every answer is written."
            ),
        ),
        TourStep.TEMPERATURE: StepWords(
            _("Temperature"),
            _(
                "Before a token is drawn, the chances can be changed. A low temperature favours the likeliest token; "
                "a high one gives the others a chance, which makes the text more varied, and sooner nonsense."
            ),
        ),
        TourStep.TOP_K: StepWords(
            _("Top-k"),
            _(
                "Only the k likeliest tokens may be drawn, and all others are cut. It is always k of them, "
                "whether the model is sure or not."
            ),
        ),
        TourStep.TOP_P: StepWords(
            _("Top-p"),
            _(
                "The likeliest tokens stay until their chances add up to p. Where the model is sure, few stay; "
                "where it is not, many do. So the cut moves with the model's certainty."
            ),
        ),
        TourStep.CONTEXT: StepWords(
            _("Context"),
            _(
                "A model remembers nothing from one answer to the next: each time it reads the whole chat again. "
                "Only so many tokens fit its context. When it is full, the oldest turns are left out."
            ),
        ),
        TourStep.INVENTION: StepWords(
            _("Why it makes things up"),
            _(
                "A model writes what sounds right. It has no list of facts to look at, so a thing that does not exist "
                "gets an answer as fluent as any other. Ask about one, and see how sure it is of each word."
            ),
        ),
        TourStep.PRIVACY: StepWords(
            _("What stays private"),
            _(
                "All that you saw was computed on this computer, or on others of yours that you named in the settings. "
                "Nothing goes over the network unless you ask for it, and what goes is written down here. Your chats "
                "are files of yours."
            ),
        ),
    }
    return texts[step]
