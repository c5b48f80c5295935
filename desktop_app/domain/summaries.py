"""Summaries as models write them, made fit to be kept."""

import re

_THOUGHTS = re.compile(r"<(think|thinking|thought)>.*?</\1>", re.DOTALL)
_WHOLE_SENTENCES = re.compile(r".*(?:[.!?](?=\s|$)|[。！？])", re.DOTALL)  # CJK full stops
_OPEN_THOUGHT = re.compile(r"<(think|thinking|thought)>")


def clean_summary(written: str, *, is_cut: bool) -> str:
    """Return a summary without thoughts and needless space; empty where nothing is left.

    One that `is_cut` at its length ends with its last whole sentence, where it has one. A thought that never ends hides whether a summary would have followed, so nothing is left of it.
    """
    text = _THOUGHTS.sub("", written)
    if _OPEN_THOUGHT.search(text):
        return ""
    text = re.sub(r"\n{3,}", "\n\n", text).strip()
    whole = _WHOLE_SENTENCES.match(text) if is_cut else None
    return whole[0] if whole is not None else text
