"""What people type to search, read without ever being wrong: words, "exact phrases", -unwanted ones, a word half typed."""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

import msgspec

from desktop_app.domain.folding import Folded, fold
from desktop_app.domain.search_text import GAP, LETTER, is_unspaced, is_word, pairs, pieces, single

MOST_CHARACTERS = 1000
MOST_TERMS = 16
MOST_PIECES = 64
"""Bounds of what is read of a query: more makes no search better, and each word costs time."""
STRETCH = 20_000
"""Characters of a long text that are looked through at a time for the first place in it, and those up to the end of a line."""
LEAST_BEGINNING = 2
"""Letters that a word has to have before others that begin with it are found as well."""
_PART = re.compile(r"""(?P<minus>(?<!\S)[-−](?=\S))?(?:["“”„«»](?P<phrase>[^"“”„«»]*)(?P<end>["“”„«»]|$)|(?P<word>[^\s"“”„«»]+))""")  # fmt: skip


class Term(msgspec.Struct, frozen=True):
    """Pieces that follow each other; the last one `is_begun` where a word that goes on with other letters will do."""

    pieces: tuple[str, ...]
    is_begun: bool = False

    def tokens(self) -> tuple[list[str], bool]:
        """Return the tokens to look up in their order, and whether the last is the beginning of one."""
        *before, last = self.pieces
        tokens = [token for piece in before for token in (pairs(piece) if is_unspaced(piece) else [piece])]
        if not is_unspaced(last):
            return [*tokens, last], self.is_begun
        if len(last) > 1:
            return [*tokens, *pairs(last)[:-1]], False
        return ([*tokens, last], True) if tokens else ([single(last)], False)


class SearchQuery(msgspec.Struct, frozen=True):
    """Terms that a text must all have, and terms of which it may have none; nothing is wanted of an empty one."""

    wanted: tuple[Term, ...] = ()
    unwanted: tuple[Term, ...] = ()


def parse(typed: str) -> SearchQuery:
    """Read what was typed, whatever it is; the word that the cursor is at counts as begun."""
    text = typed.encode("utf-8", "ignore").decode("utf-8")[:MOST_CHARACTERS]
    wanted: list[Term] = []
    unwanted: list[Term] = []
    room = MOST_PIECES
    for match in _PART.finditer(text):
        phrase = match["phrase"]
        found = tuple(piece.group() for piece in pieces(fold(phrase if phrase is not None else match["word"])))[:room]
        if not found:
            continue
        is_open = match.end() == len(text) and not (phrase is not None and match["end"])
        at_end = is_open and not text[-1].isspace()
        (unwanted if match["minus"] else wanted).append(Term(found, at_end and not match["minus"]))
        room -= len(found)
        if not room or len(wanted) + len(unwanted) >= MOST_TERMS:
            break
    return SearchQuery(_dropped_begun(wanted), tuple(unwanted))


def _dropped_begun(wanted: list[Term]) -> tuple[Term, ...]:
    """Leave out the first letter of a last word, which nearly everything has; alone it is taken for the word."""
    if not wanted or not wanted[-1].is_begun:
        return tuple(wanted)
    *before, last = wanted
    letters = last.pieces[-1]
    if len(letters) >= LEAST_BEGINNING or is_unspaced(letters):
        return tuple(wanted)
    if len(last.pieces) > 1:
        return (*before, Term(last.pieces[:-1]))
    return tuple(before) or (Term(last.pieces),)


def expression(query: SearchQuery, groups: Iterable[tuple[str, ...]] = ()) -> str:
    """Return the query in FTS5's language; of each of `groups`, one token has to be there as well."""
    parts = [_match(term) for term in query.wanted]
    parts += [f"({' OR '.join(map(_quoted, group))})" for group in groups]
    unwanted = [_match(term) for term in query.unwanted]
    wanted = " AND ".join(parts)
    return f"({wanted}) NOT ({' OR '.join(unwanted)})" if unwanted else wanted


def _match(term: Term) -> str:
    tokens, is_begun = term.tokens()
    return _quoted(" ".join(tokens)) + (" *" if is_begun else "")


def _quoted(tokens: str) -> str:
    return f'"{tokens}"'


class Finder:
    """Finds the terms of a query in a text as it is written, for snippets and for what is marked."""

    def __init__(self, query: SearchQuery) -> None:
        self._patterns = [_pattern(term) for term in query.wanted]
        self._unwanted = [_pattern(term) for term in query.unwanted]

    def fits(self, text: str) -> bool:
        """Return whether all wanted terms stand in `text`, and none that is unwanted."""
        folded = fold(text)
        return all(pattern.search(folded) for pattern in self._patterns) and not any(
            pattern.search(folded) for pattern in self._unwanted
        )

    def found(self, text: str) -> list[list[tuple[int, int]]]:
        """Return for each term where it stands in `text`."""
        folded = Folded(text)
        return [list(_all(pattern, folded)) for pattern in self._patterns]

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return where terms stand in `text`, in order; what overlaps is one."""
        return merged(self.found(text))

    def first_spans(self, text: str) -> list[tuple[int, int]]:
        """Return the first of `spans`, without looking through all of a long text where that can be spared."""
        begin = 0
        while begin < len(text):
            end = text.find("\n", begin + STRETCH) + 1 or len(text)
            folded = fold(text[begin:end])
            if any(pattern.search(folded) for pattern in self._patterns):
                return [(begin + first, begin + last) for first, last in self.spans(text[begin:end])]
            begin = end
        return self.spans(text) if len(text) > STRETCH else []  # a phrase may go on in the next line


def merged(found: Iterable[list[tuple[int, int]]]) -> list[tuple[int, int]]:
    """Return the places of all terms in order; what overlaps is one."""
    joined: list[tuple[int, int]] = []
    for begin, end in sorted(span for spans in found for span in spans):
        if joined and begin < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined


def _all(pattern: re.Pattern[str], folded: Folded) -> Iterator[tuple[int, int]]:
    return (folded.span(*match.span()) for match in pattern.finditer(folded.text))


def _pattern(term: Term) -> re.Pattern[str]:
    """Return what finds a term in a folded text as the index does: between pieces stands what is no letter.

    It begins with plain letters, which are looked for many times as fast as anything else.
    """
    first, last = term.pieces[0], term.pieces[-1]
    body = re.escape(first)
    if is_word(first):
        body += f"(?<!{LETTER}{body})"
    for before, piece in pairwise(term.pieces):
        touches = not (is_word(before) and is_word(piece))
        body += f"{GAP}{'*' if touches else '+'}+{re.escape(piece)}"  # possessive: it never goes back over them
    return re.compile(body + (f"(?!{LETTER})" if is_word(last) and not term.is_begun else ""))
