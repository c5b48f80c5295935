"""Titles for chats, made from the first question."""

import re

LONGEST_TITLE = 48
"""Characters that fit the sidebar at its normal width, about."""


def title_from_question(question: str) -> str:
    """Return the question's first words as a title: one line, without Markdown's marks, cut at a word."""
    line = next((line for line in question.splitlines() if line.strip(" #>*`-\t")), "")
    words = re.sub(r"[*_`#>]+", "", line).split()
    title = " ".join(words).strip()
    if len(title) <= LONGEST_TITLE:
        return title.rstrip(".")
    cut = title[:LONGEST_TITLE]
    at_word = cut.rsplit(" ", 1)[0] if " " in cut[LONGEST_TITLE // 2 :] else cut
    return at_word.rstrip(" ,.;:-") + "…"
