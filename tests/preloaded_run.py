"""What runs first in a process that `tests.forks` has forked."""

import os
from collections.abc import Callable, Mapping

SHORT_STARTER = "INGLENOOK_TEST_SHORT_STARTER"
"""Names the file of the starter model with few of its layers."""
WHOLE_STARTER = "INGLENOOK_TEST_WHOLE_STARTER"
"""Is set where a test looks at what only the whole one says or does."""


def hub_variables(environment: Mapping[str, str]) -> list[str]:
    """Return the variables that the hub's client reads when it is imported, but for those that the hub process sets itself."""
    return [name for name in environment if name.startswith("HF_") and not name.startswith("HF_HUB_DISABLE_")]


def run_there(environment: dict[str, str], target: Callable[..., None], args: tuple[object, ...]) -> None:
    """Run `target` with the environment that a process would have that was spawned."""
    os.environ.clear()
    os.environ.update(environment)
    target(*args)
