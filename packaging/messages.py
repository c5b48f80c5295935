"""The translations: what there is to translate, the catalogues of each language, and what the app reads of them.

`make messages` runs this with the Python of an environment that has Babel:

    messages.py update [FOLDER]   collect all texts (build/inglenook.pot), and bring every catalogue up to date:
                                  new texts are empty in it, and what no longer occurs is gone; nothing is guessed.
                                  Catalogues in FOLDER, called LANGUAGE.po, are taken in first.
    messages.py compile           make the .mo files that the app reads, where a catalogue is newer

English is what stands in the sources and has no catalogue. A new language is a line in LANGUAGES, and one in
`desktop_app/support/i18n.py`.
"""

import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TypeGuard

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
DOMAIN = "inglenook"
LANGUAGES = ("de", "es", "fr", "zh_CN", "ar")
HEADER = "# Translations of Inglenook."
WIDTH = 110
PLURALS = {
    "ar": "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5)",
}
"""The order of the forms that gettext's own tools and translators know, where Babel has another one."""
CHANGING = (
    '"Project-Id-Version:',
    '"POT-Creation-Date:',
    '"PO-Revision-Date:',
    '"Generated-By:',
    '"Last-Translator:',
    '"Report-Msgid',
    '"Language-Team',
)
"""Lines that would differ each time, or say nothing."""

PERCENT_FIELD = re.compile(r"%\(\w+\)[a-z]|%[sr]\b")
BRACE_FIELD = re.compile(r"\{\w+\}")
PROMPT_SIGN = re.compile(r"\{[{%]")
"""What is filled in: by `%`, by `str.format`, and by the prompt templates' own rules, which no checker knows."""


def template(root: Path) -> Catalog:
    """Return all texts that are to be translated, each with the files it stands in, in the order of the texts."""
    from message_sources import Text, messages

    catalogue = new_catalogue(None)
    places: dict[Text, list[str]] = {}
    for text, file in messages(root):
        places.setdefault(text, []).append(file)
    plurals = {text.english[0]: text.english for text in places if not isinstance(text.english, str)}
    for text, files in places.items():
        whole = text.english
        if isinstance(whole, str) and text.context is None:
            whole = plurals.get(whole, whole)  # one that also has a plural is one with it
        catalogue.add(whole, locations=[(file, None) for file in dict.fromkeys(files)], context=text.context)
    return catalogue


def new_catalogue(language: str | None) -> Catalog:
    """Return an empty catalogue."""
    made = Catalog(locale=language, domain=DOMAIN, project="Inglenook", version="", header_comment=HEADER, fuzzy=False)
    if language in PLURALS:
        made.mime_headers = [("Plural-Forms", PLURALS[language])]
    return made


def catalogue_file(root: Path, language: str) -> Path:
    """Return where a language's catalogue is."""
    return root / "resources/locale" / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def update(root: Path, folder: Path | None) -> None:
    """Bring all catalogues up to date, with the translations that `folder` has; says what each of them lacks."""
    texts = template(root)
    write(texts, root / f"build/{DOMAIN}.pot")
    for language in LANGUAGES:
        file = catalogue_file(root, language)
        sources = [file, *([folder / f"{language}.po"] if folder is not None else [])]
        known = [read(source, language) for source in sources if source.exists()]
        if not known:
            continue
        merged = brought_up_to_date(texts, known, language)
        write(merged, file)
        lacking = sum(not is_translated(message) for message in merged if message.id)
        print(f"   {language}: {len(merged) - lacking} of {len(merged)} texts")


def brought_up_to_date(texts: Catalog, known: Iterable[Catalog], language: str) -> Catalog:
    """Return a catalogue of exactly `texts`, translated as far as one of `known` does; the last one counts."""
    merged = new_catalogue(language)
    catalogues = list(known)
    for message in texts:
        if message.id:
            found = (each.get(message.id, message.context) for each in reversed(catalogues))
            string = next((each.string for each in found if usable(each) and each.id == message.id), "")
            merged.add(message.id, string, locations=message.locations, context=message.context)
    return merged


def usable(message: Message | None) -> TypeGuard[Message]:
    """Whether a text is there and translated, by a person and not by a guess."""
    return message is not None and not message.fuzzy and is_translated(message)


def is_translated(message: Message) -> bool:
    """Whether all forms of a text are there."""
    strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return all(strings)


def read(file: Path, language: str) -> Catalog:
    """Return the catalogue in a file."""
    with file.open("rb") as opened:
        return read_po(opened, locale=language, domain=DOMAIN)


def write(catalogue: Catalog, file: Path) -> None:
    """Write a catalogue, the same for the same texts."""
    for message in catalogue:
        mark(message)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as opened:
        write_po(opened, catalogue, width=WIDTH, sort_output=True, include_lineno=False, ignore_obsolete=True)
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join(line for line in lines if not line.startswith(CHANGING)), encoding="utf-8", newline="\n")


def mark(message: Message) -> None:
    """Say of a text how it is filled in; Babel also takes “5 % of” and the `{% if %}` of a prompt for a place."""
    english = " ".join(message.id) if isinstance(message.id, tuple | list) else message.id
    message.flags -= {"python-format", "python-brace-format"}
    if PERCENT_FIELD.search(english):
        message.flags.add("python-format")
    if BRACE_FIELD.search(english) and not PROMPT_SIGN.search(english):
        message.flags.add("python-brace-format")


def compile_all(root: Path) -> None:
    """Make what the app reads, for each catalogue that was changed since."""
    for language in LANGUAGES:
        file = catalogue_file(root, language)
        made = file.with_suffix(".mo")
        if file.exists() and not (made.exists() and made.stat().st_mtime >= file.stat().st_mtime):
            whole = new_catalogue(language)
            for message in read(file, language):
                if message.id and usable(message):  # an empty form would be shown as it is
                    whole.add(message.id, message.string, context=message.context)
            fresh = made.with_suffix(f".{os.getpid()}")  # nobody ever reads half of one
            with fresh.open("wb") as opened:
                write_mo(opened, whole)
            fresh.replace(made)


def main(arguments: list[str]) -> int:
    """Run one command; returns its exit code."""
    match arguments:
        case ["update", *folder] if len(folder) <= 1:
            from formats import write_formats

            sys.path.insert(0, str(ROOT))
            write_formats(ROOT)
            update(ROOT, Path(folder[0]) if folder else None)
            compile_all(ROOT)
        case ["compile"]:
            compile_all(ROOT)
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
