"""Titles for chats: the first words of the question, or what a model wrote, where that is fit to be one."""

import re

LONGEST_TITLE = 48
"""Characters that fit the sidebar at its normal width, about."""
LONGEST_OWN_TITLE = 200
"""Characters of a title that a person or a file gives: each painting of the list looks through all of them."""
MOST_WORDS = 8
"""More words than that are a sentence, not a title."""
MOST_WORDS_OF_A_CLAUSE = 3
"""With more words than that, a full stop ends a sentence."""
LONG_WORD = 4
_MARKS = re.compile(r"[*_`#>\[\]]+")
_LABEL = re.compile(r"^(?:chat |conversation )?(?:title|titel|titre|título|titolo)\s*[:：]\s*", re.IGNORECASE)
_TALK = re.compile(
    r"^(?:sure|certainly|of course|okay|ok[,.]|here(?:'s| is| are)|i(?:'m| am|'d| would| can| will)\b|as an ai|sorry"
    r"|the (?:title|conversation|user|assistant)|this (?:title|conversation|chat)|title$"
    r"|(?:write )?a title of\b|two to five words\b)",
    re.IGNORECASE,
)
"""How models begin that talk about the title instead of writing it, or repeat what they were told."""


def title_from_question(question: str) -> str:
    """Return the question's first words as a title: one line, without Markdown's marks, cut at a word."""
    line = next((line for line in question.splitlines() if line.strip(" #>*`-\t")), "")
    words = re.sub(r"[*_`#>]+", "", line).split()
    title = " ".join(words).strip()
    return title.rstrip(".") if len(title) <= LONGEST_TITLE else shortened(title)


def shortened(title: str) -> str:
    """Return a title of one line, cut at a word where it is too long."""
    if len(title) <= LONGEST_TITLE:
        return title
    cut = title[:LONGEST_TITLE]
    at_word = cut.rsplit(" ", 1)[0] if " " in cut[LONGEST_TITLE // 2 :] else cut
    return at_word.rstrip(" ,.;:-") + "…"


def clean_title(written: str, conversation: str) -> str:
    """Return the title that a model wrote for `conversation` as one clean line; empty where it is not fit to be one.

    Weak models write sentences, lists, thoughts, one word again and again, or of something else:
    whatever is not plainly a short title is dropped rather than mended.
    """
    lines = [line for line in written.splitlines() if line.strip()]
    if len(lines) != 1 or "<" in written or "{" in written or "\ufffd" in written:
        return ""
    title = _LABEL.sub("", " ".join(_MARKS.sub("", lines[0]).split()).strip(" -–—•"))
    title = title.strip(" \"'“”‘’„«»「」『』")
    if title.endswith((".", "。", "!")) and len(title.split()) > MOST_WORDS_OF_A_CLAUSE:
        return ""
    title = title.rstrip(" .。,;!")
    if not title or len(title) > LONGEST_TITLE or len(title.split()) > MOST_WORDS:
        return ""
    if sum(character.isalpha() for character in title) < 2 or title.endswith((":", "：", "…", "...")):
        return ""
    if _TALK.match(title) or re.search(r"[.!。！] \S", title) or not _belongs_to(title, conversation.casefold()):
        return ""
    return title


def _belongs_to(title: str, conversation: str) -> bool:
    """Whether a title repeats no long word, and has one whose beginning the conversation has too.

    Where words are not that long, or not set apart, two letters of it are looked for.
    """
    words = [word for word in re.findall(r"\w+", title.casefold()) if len(word) >= LONG_WORD]
    if len(set(words)) != len(words):
        return False
    beginnings = [word[:LONG_WORD] for word in words] if title.isascii() else []
    pairs = [title[place : place + 2].casefold() for place in range(len(title) - 1)]
    return any(part in conversation for part in beginnings or pairs)
