"""Compares what two workers hold likely behind the same words, which shows whether they compute the same."""

import math

from desktop_app.domain.sampling import Sampling
from desktop_app.domain.traces import Trace
from desktop_app.protocol import engine as protocol
from tests.engine.conftest import WorkerProcess

TOKENS = 200
LIKELIEST = 1000
"""Of so many tokens the probabilities are compared, of the others their sum."""
STORY = (
    "Once upon a time a keeper lived in a lighthouse on a small island. Every evening he climbed the stairs, filled the "
    "lamp with oil and lit it, so that the ships would find their way. Once a year a ship brought oil, bread and the "
    "letters of his sister, who lived in a city far away and asked him how it was to live alone. He answered that he "
    "was never alone: the gulls told him the news, the waves read to him at night, and the lamp kept him company. One "
    "winter the storm was so strong that the windows broke. The keeper stood before the lamp with his coat spread wide, "
    "and held the wind away from the flame until the morning came. When the sea was calm again he saw three ships in "
    "the bay, and on the deck of the first one stood his sister, who waved to him with a white scarf. She stayed for "
    "the summer, painted the door green, taught him to bake bread with seeds, and told him about streets with ten "
    "thousand lamps that nobody had to light by hand."
)


def scored(worker: WorkerProcess, text: str, prompt: str = "") -> list[Trace]:
    worker.send(protocol.Score(request_id="s", prompt=prompt, text=text, sampling=Sampling(), probabilities=LIKELIEST))
    reply = worker.reply()
    assert isinstance(reply.end, protocol.Finished), reply.end
    return reply.traces[:TOKENS]


def assert_alike(
    name: str, true: list[Trace], seen: list[Trace], *, agreeing: float = 0.97, mean: float = 0.01
) -> None:
    """Compare two rows of distributions, and print how far they are apart."""
    assert [trace.chosen.token for trace in true] == [trace.chosen.token for trace in seen]
    pairs = list(zip(true, seen, strict=True))
    same = sum(one.options[0].token == other.options[0].token for one, other in pairs)
    apart = [divergence(one, other) for one, other in pairs]
    average = sum(apart) / len(apart)
    print(f"\n{name}: {same} of {len(pairs)} agree, KL divergence {average:.6f} in the mean, {max(apart):.6f} at most")
    assert same >= agreeing * len(pairs)
    assert average < mean


def divergence(true: Trace, seen: Trace) -> float:
    """Return the Kullback-Leibler divergence in nats, over the likeliest tokens and the sum of all others."""
    probabilities = {option.token: option.probability for option in seen.options}
    known = [
        (option.probability, probabilities[option.token])
        for option in true.options
        if probabilities.get(option.token, 0.0) > 0.0 and option.probability > 0.0
    ]
    rest = (1.0 - sum(one for one, _ in known), 1.0 - sum(other for _, other in known))
    return sum(one * math.log(one / other) for one, other in [*known, rest] if one > 1e-9 and other > 1e-9)
