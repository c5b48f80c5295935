"""What loading decides from a header and from devices."""

import pytest

pytest.importorskip("llama_cpp")

from desktop_app.engine.loading import describe_device


def test_badges() -> None:
    assert describe_device(33, 33, has_gpu=True, wanted=True)[0] == "GPU"
    assert describe_device(28, 33, has_gpu=True, wanted=True)[0] == "GPU 28/33"
    reasons = [
        describe_device(0, 33, has_gpu=has_gpu, wanted=wanted)
        for has_gpu, wanted in ((False, True), (True, False), (True, True))
    ]
    assert {badge for badge, _ in reasons} == {"CPU"}
    assert len({reason for _, reason in reasons}) == 3
