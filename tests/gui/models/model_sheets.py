"""Made-up models whose sheets are opened, and the sheets of them."""

from collections.abc import Callable

from pytestqt.qtbot import QtBot

from desktop_app.domain.fit import Machine
from desktop_app.domain.hub import HubFile, HubRepository, Variant
from desktop_app.domain.models import ModelDetails, ModelFile, Origin, OriginFile
from desktop_app.domain.shape import Shape
from desktop_app.domain.verdict import judge
from desktop_app.gui.models.card_text import CardText, read_card
from desktop_app.gui.models.hub_sheet import HubSheet
from desktop_app.gui.models.local_sheet import LocalSheet
from desktop_app.gui.window.main_window import MainWindow
from tests.gui.conftest import QWEN

NewWindow = Callable[..., MainWindow]
NAME = "maker/Qwen3-8B-GGUF"
LONG = ModelFile(path=f"/home/someone/{'deep_folder/' * 9}{'x' * 90}.gguf", name="long " * 30, size=5)
ORIGIN = Origin(repository=NAME, commit="7c41481f57cb95916b40", files=(OriginFile(name="Qwen3.gguf", sha256="old"),))
DETAILS = ModelDetails(
    path=QWEN.path, name="Qwen3 8B", architecture="qwen3", quantization="Q4_K_M", size=QWEN.size, parameters="8B",
    layers=36, context=40_960, licence="apache-2.0", has_chat_template=True, last_used=1_795_000_000,
)  # fmt: skip
MACHINE = Machine(free_memory=16_000_000_000, total_memory=32_000_000_000)
SHAPE = Shape(
    architecture="qwen3", layer_count=36, embedding_length=4096, feed_forward_length=12288, head_count=32,
    head_counts_kv=(8,), key_length=128, value_length=128, vocabulary_size=151936, trained_context=40960,
)  # fmt: skip
VERDICTS = [judge(SHAPE, size, MACHINE, wanted_context=8192) for size in (5_000_000_000, 90_000_000_000)]
CARD = """# A card

<script>alert(1)</script> <img src="https://example.org/spy.png">

![A chart](https://example.org/chart.png) and [a page](https://example.org/page), [a file](files/x.md), [another](file:///etc/passwd).

```python
print("hello")
```
"""


def variant(quantization: str, size: int, sha256: str = "", parts: int = 1) -> Variant:
    files = tuple(HubFile(name=f"{quantization}-{part}.gguf", size=size, sha256=sha256) for part in range(parts))
    return Variant(name="Qwen3-8B", quantization=quantization, files=files)


def repository(*variants: Variant, **more: object) -> HubRepository:
    return HubRepository(repository=NAME, commit="c", variants=variants, **more)


FULL = repository(
    variant("Q4_K_M", 5_000_000_000), variant("Q8_0", 4_500_000_000, parts=2), licence="apache-2.0", downloads=12_345,
    parameters=8_200_000_000, trained_context=40_960, updated=1_790_000_000, languages=("en", "de", "moe"),
)  # fmt: skip


def open_local(window: MainWindow, model: ModelFile = QWEN) -> LocalSheet:
    sheet = LocalSheet(window.theme, model)
    sheet.closed.connect(window.models_page.close_sheet)
    window.show_page("models")
    window.models_page.open_sheet(sheet)
    sheet.show_details(DETAILS)
    sheet.show_origin(ORIGIN)
    return sheet


def open_hub(window: MainWindow, markdown: str = CARD) -> HubSheet:
    sheet = HubSheet(window.theme, NAME, window.models_page.holdings)
    sheet.closed.connect(window.models_page.close_sheet)
    window.show_page("models")
    window.models_page.open_sheet(sheet)
    sheet.show_repository(FULL)
    sheet.show_card(read_card(markdown), is_whole=True)
    return sheet


def written(qtbot: QtBot, sheet: HubSheet) -> CardText:
    card = sheet.card
    assert card is not None
    qtbot.waitUntil(lambda: not card._timer.isActive())
    return card
