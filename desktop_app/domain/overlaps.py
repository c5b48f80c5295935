"""How far the end of a text goes into something that may follow."""


def overlap(text: str, mark: str) -> int:
    """Return how many characters at the end of `text` begin `mark`, without completing it."""
    longest = min(len(mark) - 1, len(text))
    return next((length for length in range(longest, 0, -1) if text.endswith(mark[:length])), 0)
