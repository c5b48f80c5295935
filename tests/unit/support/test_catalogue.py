"""The fast reader of catalogues says what gettext's own says."""

import gettext
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from desktop_app.support.catalogue import Catalogue, DamagedCatalogueError

PLURAL = "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5)"
FORMS = ("صفر", "واحد", "اثنان", "قليل {count}", "كثير {count}", "آخر {count}")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = Catalog(locale="ar")
    made.mime_headers = [("Plural-Forms", PLURAL)]
    made.add("Chats", "محادثات")
    made.add("Über 100 %\nund mehr", "أكثر")
    made.add(("{count} chat", "{count} chats"), FORMS)
    made.add("Chat", "محادثة")
    made.add("Chat", "تحدّث", context="verb")
    path = tmp_path / "inglenook.mo"
    with path.open("wb") as opened:
        write_mo(opened, made)
    return path


def test_it_translates_as_gettext_does(file: Path) -> None:
    with file.open("rb") as opened:
        usual = gettext.GNUTranslations(opened)
    fast = Catalogue(file)
    for text in ("Chats", "Chat", "Über 100 %\nund mehr", "unknown", "{count} chat"):
        assert fast.gettext(text) == (FORMS[0] if text == "{count} chat" else usual.gettext(text))
    for context, text in (("verb", "Chat"), ("noun", "Chat"), ("verb", "Chats"), ("verb", "unknown")):
        assert fast.pgettext(context, text) == usual.pgettext(context, text)
    assert fast.pgettext("verb", "Chat") != fast.gettext("Chat")
    for count in (*range(130), 1000, 1001, 1002, 1003, 1011, 1100):
        assert fast.ngettext("{count} chat", "{count} chats", count) == usual.ngettext(
            "{count} chat", "{count} chats", count
        )
        assert fast.ngettext("one", "many", count) == usual.ngettext("one", "many", count)
    assert fast.info()["language"] == usual.info()["language"] == "ar"


def test_all_six_arabic_forms_are_used(file: Path) -> None:
    fast = Catalogue(file)
    said = [fast.ngettext("{count} chat", "{count} chats", count) for count in (0, 1, 2, 3, 11, 100)]
    assert said == list(FORMS)


@pytest.mark.parametrize("content", [b"", b"\xde\x12\x04\x95", b"nothing of the kind, but long enough to be read"])
def test_a_damaged_file_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad.mo").write_bytes(content)
    with pytest.raises(DamagedCatalogueError):
        Catalogue(tmp_path / "bad.mo")
