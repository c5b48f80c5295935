"""Each language's catalogue: it has every text, no guess, the same places to fill in, and as many forms as it counts."""

import ast
import importlib
import importlib.util
import re
import shutil
import string
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo

from desktop_app.support.catalogue import Catalogue

ROOT = Path(__file__).resolve().parents[3]
FILES = sorted((ROOT / "resources/locale").glob("*/LC_MESSAGES/inglenook.po"))
FORMS = {"de": 2, "es": 2, "fr": 2, "zh_CN": 1, "ar": 6}
"""What gettext's plural rules of each language tell apart, as Babel has them."""

FOREIGN_SIGNS = {"de": r"[«»]", "es": r"[«»„]", "fr": r"[„“]|« | »| [:;!?](?=\s|$)", "zh_CN": r"[«»„]"}
"""Signs and spaces of other languages; French has spaces before some, at which no line breaks."""


@pytest.fixture(scope="module")
def messages() -> Iterator[ModuleType]:
    sys.path.insert(0, str(ROOT / "packaging"))  # it imports some when it is asked for something
    spec = importlib.util.spec_from_file_location("messages", ROOT / "packaging/messages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    sys.path.remove(str(ROOT / "packaging"))


@pytest.fixture(scope="module")
def sources(messages: ModuleType) -> ModuleType:
    """What finds the texts."""
    return importlib.import_module("message_sources")


@pytest.fixture(scope="module")
def english_texts(sources: ModuleType) -> list[tuple[Any, str]]:
    """All texts with the files that they stand in, every source read once: that takes seconds."""
    return list(sources.messages(ROOT))


@pytest.fixture(scope="module")
def texts(messages: ModuleType, sources: ModuleType, english_texts: list[tuple[Any, str]]) -> Catalog:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sources, "messages", lambda _root: iter(english_texts))
        template: Catalog = messages.template(ROOT)
    return template


@pytest.fixture(scope="module")
def catalogues(messages: ModuleType) -> dict[Path, Catalog]:
    """All of them; each takes half a second to be read."""
    return {file: messages.read(file, file.parts[-3]) for file in FILES}


@pytest.fixture(params=FILES, ids=[file.parts[-3] for file in FILES])
def catalogue(request: pytest.FixtureRequest, catalogues: dict[Path, Catalog]) -> Catalog:
    return catalogues[request.param]


def test_every_language_has_a_catalogue_or_none_has() -> None:
    assert {file.parts[-3] for file in FILES} in ({*FORMS}, set())


def forms(message: Message) -> tuple[str, ...]:
    string_ = message.string
    return tuple(string_) if isinstance(string_, tuple | list) else (string_,)


def english(message: Message) -> tuple[str, ...]:
    return tuple(message.id) if isinstance(message.id, tuple | list) else (message.id,)


def fields(text: str) -> set[str]:
    """Return the names that are filled in; a prompt's own signs count as they stand."""
    if "{{" in text or "{%" in text:
        return set(re.findall(r"\{[{%].*?[%}]\}", text))
    try:
        return {name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name is not None}
    except ValueError:
        return set(re.findall(r"[{}]", text))


def test_no_text_is_missing_and_none_is_there_for_nothing(catalogue: Catalog, texts: Catalog) -> None:
    wanted = {(message.id, message.context) for message in texts if message.id}
    there = {(message.id, message.context) for message in catalogue if message.id}
    assert sorted(map(str, wanted - there)) == []
    assert sorted(map(str, there - wanted)) == []
    assert [message.id for message in catalogue if message.id and not all(forms(message))] == []
    assert list(catalogue.obsolete) == []


def test_a_context_is_only_where_a_language_needs_it(catalogues: dict[Path, Catalog], texts: Catalog) -> None:
    """The same English words are there in another context, and not every language has one word for them all."""
    needless = []
    for english_words in {message.id for message in texts if message.context}:
        contexts = [message.context for message in texts if message.id == english_words]
        told = [{forms(each.get(english_words, context)) for context in contexts} for each in catalogues.values()]
        needless += [english_words] if max(map(len, told)) < 2 else []
    assert needless == []


def test_a_context_is_found_with_its_words(sources: ModuleType) -> None:
    source = 'words = _("Chat"), pgettext("verb", "Chat"), N_("Chats")'
    found = list(sources.in_source(ast.parse(source), "source.py"))
    assert [tuple(text) for text in found] == [("Chat", None), ("Chat", "verb"), ("Chats", None)]


def flags(file: Path) -> Iterator[tuple[str, set[str]]]:
    """Yield each English text of a catalogue as it is written, with what it is marked as."""
    for block in file.read_text(encoding="utf-8").split("\n\n"):
        marked = {flag for line in block.splitlines() if line.startswith("#,") for flag in line[2:].split(", ")}
        yield block.partition("\nmsgid ")[2].partition("\nmsgstr")[0], {flag.strip() for flag in marked}


@pytest.mark.parametrize("file", FILES, ids=[file.parts[-3] for file in FILES])
def test_texts_are_marked_as_what_they_are(file: Path) -> None:
    """A sign of percent is none of `%`'s places to fill in, and the rules of prompts are none of `str.format`'s."""
    marks = list(flags(file))
    assert {flag for _text, found in marks for flag in found} == {"python-format", "python-brace-format"}
    assert [text for text, found in marks if "python-format" in found and not re.search(r"%(\(\w+\))?[sr]", text)] == []
    assert [text for text, found in marks if "python-brace-format" in found and re.search(r"\{[{%]", text)] == []


def test_signs_are_written_as_the_language_does(catalogue: Catalog) -> None:
    """What comes with the app to be sent to models is left as whoever wrote it wrote it."""
    strange = FOREIGN_SIGNS.get(catalogue.locale_identifier or "")
    shown = [
        message for message in catalogue if not any(place.startswith("resources/") for place, _ in message.locations)
    ]
    assert shown
    assert [form for message in shown for form in forms(message) if strange and re.search(strange, form)] == []


@pytest.mark.skipif(shutil.which("msgfmt") is None, reason="gettext's own tools are not on this computer")
@pytest.mark.parametrize("file", FILES, ids=[file.parts[-3] for file in FILES])
def test_gettexts_own_tools_take_it(file: Path, tmp_path: Path) -> None:
    command = ["msgfmt", "--check", f"--output-file={tmp_path / 'made.mo'}", file]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    told = [line for line in done.stderr.splitlines() if "missing in header" not in line]  # who wrote it, and when
    assert (done.returncode, told) == (0, [])


def test_nothing_is_guessed(catalogue: Catalog) -> None:
    assert [message.id for message in catalogue if message.id and message.fuzzy] == []


def test_as_many_forms_as_the_language_counts(catalogue: Catalog) -> None:
    language = catalogue.locale_identifier or ""
    assert catalogue.num_plurals == FORMS[language]
    plurals = [message for message in catalogue if message.id and not isinstance(message.id, str)]
    assert plurals
    assert [message.id for message in plurals if len(forms(message)) != catalogue.num_plurals] == []


def test_what_is_filled_in_is_the_same(catalogue: Catalog) -> None:
    wrong = []
    for message in catalogue:
        if not message.id or not all(forms(message)):
            continue
        *others, last = forms(message)
        known = set().union(*map(fields, english(message)))
        always = set.intersection(*map(fields, english(message)))
        has_zero = len(others) + 1 == FORMS["ar"]  # “no models” have no size either
        wrong += [(message.id, form) for form in others if not fields(form) <= known]
        wrong += [
            (message.id, form) for form in others[has_zero:] if len(always - fields(form)) > 1
        ]  # the number itself
        wrong += [(message.id, last)] if fields(last) != fields(english(message)[-1]) else []
    assert wrong == []


def test_a_text_that_also_has_a_plural_is_filled_in_alike(english_texts: list[tuple[Any, str]]) -> None:
    """Taken alone, it is what stands for one; where a language has one form for all, that is the plural's."""
    texts = [text.english for text, _file in english_texts if not text.context]
    alone = {text for text in texts if isinstance(text, str)}
    both = [text for text in texts if not isinstance(text, str) and text[0] in alone]
    assert [text for text in both if fields(text[0]) != fields(text[1])] == []


def test_names_of_programs_and_signs_stay(catalogue: Catalog) -> None:
    kept = re.compile(r"%\(\w+\)[a-z]|%[sr]\b|https?://\S+")
    wrong = [
        message.id
        for message in catalogue
        if message.id and all(forms(message))
        for form in forms(message)[-1:]
        if sorted(kept.findall(english(message)[-1])) != sorted(kept.findall(form))
    ]
    assert wrong == []


def test_updating_keeps_translations_and_guesses_nothing(messages: ModuleType) -> None:
    known = messages.new_catalogue("de")
    known.add("Chats", "Gespräche")
    known.add("Chat", "Chatten", context="verb")
    known.add("Gone", "Fort")
    known.add(("{count} chat", "{count} chats"), ("{count} Gespräch", "{count} Gespräche"))
    newer = messages.new_catalogue("de")
    newer.add("Chats", "Unterhaltungen")
    wanted = Catalog()
    for text in ("Chats", "Chat", ("{count} chat", "{count} chats")):
        wanted.add(text)
    wanted.add("Chat", context="verb")
    merged = messages.brought_up_to_date(wanted, [known, newer], "de")
    assert {(message.id, message.context): message.string for message in merged if message.id} == {
        ("Chats", None): "Unterhaltungen",
        ("Chat", None): "",
        ("Chat", "verb"): "Chatten",
        (("{count} chat", "{count} chats"), None): ("{count} Gespräch", "{count} Gespräche"),
    }


def test_what_the_app_reads_has_no_empty_text(messages: ModuleType, tmp_path: Path) -> None:
    file = messages.catalogue_file(tmp_path, "ar")
    half = messages.new_catalogue("ar")
    half.add("Chats", "محادثات")
    half.add("Chat", "تحدّث", context="verb")
    half.add("Nothing yet", "")
    half.add(("{count} chat", "{count} chats"), ("", "", "", "", "", ""))
    messages.write(half, file)
    messages.compile_all(tmp_path)
    with file.with_suffix(".mo").open("rb") as opened:
        compiled = read_mo(opened)
    assert [message.id for message in compiled if message.id] == ["Chat", "Chats"]
    assert Catalogue(file.with_suffix(".mo")).pgettext("verb", "Chat") == "تحدّث"
    assert Catalogue(file.with_suffix(".mo")).gettext("Chat") == "Chat"


def test_a_catalogue_says_nothing_of_when_and_where_it_was_written(
    messages: ModuleType, texts: Catalog, tmp_path: Path
) -> None:
    messages.write(texts, tmp_path / "written.pot")
    written = (tmp_path / "written.pot").read_text(encoding="utf-8")
    assert str(ROOT) not in written
    assert not re.search(r"^\"(POT-Creation|PO-Revision)-Date|^#: \S+:\d+$", written, re.MULTILINE)


def test_arabic_forms_are_in_the_order_that_translators_know(messages: ModuleType, tmp_path: Path) -> None:
    file = messages.catalogue_file(tmp_path, "ar")
    made = messages.new_catalogue("ar")
    made.add(("{count} chat", "{count} chats"), ("zero", "one", "two", "few", "many", "other"))
    messages.write(made, file)
    messages.compile_all(tmp_path)
    said = Catalogue(file.with_suffix(".mo"))
    counts = {
        0: "zero",
        1: "one",
        2: "two",
        3: "few",
        10: "few",
        11: "many",
        99: "many",
        100: "other",
        102: "other",
        103: "few",
    }
    assert {count: said.ngettext("{count} chat", "{count} chats", count) for count in counts} == counts
