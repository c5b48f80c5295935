"""What is filled into sentences that read from right to left."""

import gettext
from io import BytesIO

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from desktop_app.support.isolates import isolate_fields, isolating


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("نص", "نص"),
        ("في {path}.", "في \u2068{path}\u2069."),
        ("{done} من {size}", "\u2068{done}\u2069 من \u2068{size}\u2069"),
        ('{"type": "object"}', '{"type": "object"}'),
        ("{{x}}", "{{x}}"),
    ],
)
def test_fields_stand_between_isolates(text: str, expected: str) -> None:
    assert isolate_fields(text) == expected


@pytest.mark.parametrize(("language", "expected"), [("ar", "\u2068/a/b\u2069"), ("de", "/a/b")])
def test_catalogues_of_scripts_from_the_right_isolate(language: str, expected: str) -> None:
    catalogue = Catalog(locale=language)
    catalogue.add("In {path}", "{path}")
    catalogue.add("To {path}", "{path}", context="a folder")
    catalogue.add(("{count} file", "{count} files"), tuple("{count}" for _form in range(catalogue.num_plurals)))
    file = BytesIO()
    write_mo(file, catalogue)
    file.seek(0)
    made = isolating(gettext.GNUTranslations(file))
    assert made.gettext("In {path}").format(path="/a/b") == expected
    assert made.pgettext("a folder", "To {path}").format(path="/a/b") == expected
    assert ("\u2068" in made.ngettext("{count} file", "{count} files", 3)) is (language == "ar")
