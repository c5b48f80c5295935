"""Which fonts are offered for texts."""

from collections.abc import Sequence
from types import SimpleNamespace

import pytest
from PySide6.QtGui import QFont, QFontDatabase, QFontInfo
from PySide6.QtWidgets import QApplication

from desktop_app.gui.look import text_families as module
from desktop_app.gui.look.text_families import text_families

ARABIC, CHINESE, GREEK, LATIN, SYMBOL = (
    QFontDatabase.WritingSystem.Arabic,
    QFontDatabase.WritingSystem.SimplifiedChinese,
    QFontDatabase.WritingSystem.Greek,
    QFontDatabase.WritingSystem.Latin,
    QFontDatabase.WritingSystem.Symbol,
)


def install(monkeypatch: pytest.MonkeyPatch, fonts: dict[str, Sequence[QFontDatabase.WritingSystem]]) -> None:
    made = SimpleNamespace(
        families=lambda: list(fonts), writingSystems=fonts.__getitem__, WritingSystem=QFontDatabase.WritingSystem
    )
    monkeypatch.setattr(module, "QFontDatabase", made)


@pytest.mark.parametrize(
    ("language", "offered"),
    [
        ("en", ["Of all", "Of Rome"]),
        ("ar", ["Of all", "Of Rome", "Of Cairo"]),
        ("zh_CN", ["Of all", "Of Rome", "Song"]),
    ],
)
def test_fonts_with_letters_that_somebody_reads(
    monkeypatch: pytest.MonkeyPatch, language: str, offered: list[str]
) -> None:
    fonts = {
        "Of all": (LATIN, ARABIC, CHINESE), "Of Rome": (LATIN,), "Of Cairo": (ARABIC,), "Song": (CHINESE,), "Of Athens": (GREEK,),
        "Emoji": (SYMBOL,), "Arrows": (LATIN, SYMBOL), ".Private": (LATIN,),
    }  # fmt: skip
    install(monkeypatch, fonts)
    assert text_families(language) == offered


def test_a_font_of_several_makers_is_offered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, {"Bodoni [urw]": (LATIN,), "Bodoni [UKWN]": (LATIN,), "Sans": (LATIN,)})
    assert text_families("en") == ["Bodoni", "Sans"]


def test_each_is_found_by_its_name(qapp: QApplication) -> None:
    """But for names such as “Serif”, which stand for another font."""
    del qapp
    installed = [name for name in text_families("en") if QFontDatabase.hasFamily(name)]
    assert installed
    assert [name for name in installed if not QFontInfo(QFont(name)).family().startswith(name)] == []
