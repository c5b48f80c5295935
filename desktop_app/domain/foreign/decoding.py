"""JSON and YAML of other programs as values, read with care: from bytes that nobody has checked."""

import json


class UnreadableError(Exception):
    """A text that is neither."""


def decoded(content: bytes, *, is_yaml: bool = False) -> object:
    """Return what a text in UTF-8 says; raises UnreadableError with what is wrong with it."""
    if is_yaml:
        return _yaml(content)
    try:
        return json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise UnreadableError(str(error)) from error


def _yaml(content: bytes) -> object:
    import yaml  # only here: few ever bring such a file

    try:
        return yaml.safe_load(content.decode("utf-8-sig"))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UnreadableError(str(error)) from error
