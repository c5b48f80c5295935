"""Which values a Jinja template asks for, found without Jinja, which stays in the helper process.

This is a look at the text, not a parser: it knows strings, filters, attributes, loops and assignments. A name that
it misses is reported when the template is filled in; a name too many is one more field in a form.
"""

import re
from collections.abc import Iterator

_STRING = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'', re.DOTALL)
_JOINT = re.compile(r"\s*([|.])\s*")
_TEST = re.compile(r"\bis\s+(?:not\s+)?\w+")
_NAME = re.compile(r"(?<![\w.|])[A-Za-z_]\w*")
_CALL = re.compile(r"\s*(\(|=(?!=))")
_BOUND = re.compile(r"^(?:for\s+(.*?)\s+in\b|set\s+([\w\s,]+?)\s*(?:=|\||$)|macro\s+(\w+)\s*\((.*)\))", re.DOTALL)
_KEYWORDS = frozenset(
    ["and", "or", "not", "in", "is", "if", "else", "elif", "recursive", "loop", "range", "dict", "namespace", "cycler",
     "joiner", "true", "false", "none", "True", "False", "None"]
)  # fmt: skip
_TAGS_WITH_A_NAME = ("block", "endblock", "call", "filter", "raw", "endraw")


def used_names(template: str) -> tuple[str, ...]:
    """Return the names that `template` needs values for, in the order of their first use."""
    used: dict[str, None] = {}
    bound: set[str] = set()
    for kind, inside in _tags(template):
        expression = _STRING.sub("''", inside).strip()
        if kind == "%":
            tag, _space, expression = expression.partition(" ")
            bound |= _bound_names(f"{tag} {expression}")
            if tag in _TAGS_WITH_A_NAME:
                continue
        expression = _TEST.sub("", _JOINT.sub(r"\1", expression))
        for found in _NAME.finditer(expression):
            if found[0] not in _KEYWORDS and not _CALL.match(expression, found.end()):
                used.setdefault(found[0])
    return tuple(name for name in used if name not in bound)


def _tags(template: str) -> Iterator[tuple[str, str]]:
    """Yield ('{' or '%', what stands inside) for each tag; ends at the first that is not closed."""
    place = 0
    while (start := template.find("{", place)) >= 0:
        kind = template[start + 1 : start + 2]
        if kind not in ("{", "%", "#"):
            place = start + 1
            continue
        end = template.find({"{": "}}", "%": "%}", "#": "#}"}[kind], start + 2)
        if end < 0:
            return
        inside = template[start + 2 : end].strip("+-")
        place = end + 2
        if kind == "%" and inside.strip() == "raw":
            after = re.compile(r"\{%[+-]?\s*endraw").search(template, place)
            if after is None:
                return
            place = after.start()
        elif kind != "#":
            yield kind, inside


def _bound_names(tag: str) -> set[str]:
    """Return what a loop, an assignment or a macro names itself."""
    found = _BOUND.match(tag.strip())
    return set(re.findall(r"[A-Za-z_]\w*", " ".join(part or "" for part in found.groups()))) if found else set()
