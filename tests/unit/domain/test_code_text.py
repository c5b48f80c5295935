"""Which fence of code is open behind a line of Markdown."""

import pytest

from desktop_app.domain.code_text import fence_after


@pytest.mark.parametrize(
    ("line", "before", "after"),
    [
        ("words", "", ""),
        ("```", "", "```"),
        ("   ````python\n", "", "````"),
        ("    ```", "", ""),  # so far in, it is code anyway
        ("~~~ a `tick`\n", "", "~~~"),
        ("```ls``` lists files", "", ""),
        ("words", "```", "```"),
        ("```  \n", "```", ""),
        ("`````", "```", ""),
        ("```", "````", "````"),
        ("~~~", "```", "```"),
        ("```python", "```", "```"),
        ("~~~ ~~", "~~~", "~~~"),
    ],
)
def test_a_fence_is_opened_and_closed(line: str, before: str, after: str) -> None:
    assert fence_after(line, before) == after
