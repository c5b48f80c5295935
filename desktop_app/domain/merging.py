"""Brings together what two changed of the same value, each without knowing of the other."""

from typing import Any, TypeVar

import msgspec

Value = TypeVar("Value", bound=msgspec.Struct)
_MISSING = object()


def merged(before: Value, mine: Value, theirs: Value) -> Value:
    """Return `theirs` with what `mine` changed since `before`: field by field, and in dicts key by key.

    What both changed is as in `mine`.
    """
    changes = {
        name: _merged(*(getattr(each, name) for each in (before, mine, theirs))) for name in mine.__struct_fields__
    }
    return msgspec.structs.replace(theirs, **changes)


def _merged(before: Any, mine: Any, theirs: Any) -> Any:
    if mine == before:
        return theirs
    if not all(isinstance(each, dict) for each in (before, mine, theirs)):
        return mine
    keys = dict.fromkeys((*theirs, *mine))
    found = {key: _merged(*(each.get(key, _MISSING) for each in (before, mine, theirs))) for key in keys}
    return {key: value for key, value in found.items() if value is not _MISSING}
