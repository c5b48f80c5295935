"""The screens of prompt templates: the page, a sheet, the editor, the versions, the list that a slash opens."""

from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path

import msgspec
from jinja2 import Template
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPlainTextEdit

from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.domain.prompt_versions import Version, diff_lines
from desktop_app.gui.templates.editor import FORM, TEXT, TemplateEditor
from desktop_app.gui.templates.fill_dialog import FillDialog
from desktop_app.gui.templates.form import Surroundings
from desktop_app.gui.templates.history import HistorySheet
from desktop_app.gui.templates.inserter import matching
from desktop_app.gui.templates.sheet import TemplateSheet
from desktop_app.gui.templates.slash_list import SlashList
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.services.writing.prompt_library import LibraryTemplate, PromptLibrary
from desktop_app.support.i18n import _
from desktop_app.support.paths import resources

NOWHERE = Path("/nowhere")
CODE = "def mean(values):\n    return sum(values) / len(values)"


@cache
def entries() -> list[LibraryTemplate]:
    """Return what comes with the app, with a few marks, and some of a person's own."""
    with ThreadPoolExecutor(1) as pool:
        library = PromptLibrary(
            folder=NOWHERE, built_in=resources() / "templates", marks_file=NOWHERE / "marks.json", pool=pool
        )
        found = library.entries().result()
    own = msgspec.structs.replace(by_title(found, "Email"), key="own/thanks.md", is_own=True, title="Thank-you note")
    broken = LibraryTemplate(
        key="own/broken.md", is_own=True, title="broken", folder="Writing",
        error=ErrorInfo(ErrorCode.PROMPT_TEMPLATE_INVALID, {"line": 4, "problem": "A value is missing"}),
    )  # fmt: skip
    titles = ("Proofread", "Code review", "Translate")
    stars = [*titles, *map(_, titles)]
    found = [msgspec.structs.replace(entry, favourite=entry.title in stars) for entry in found]
    return sorted([*found, own, broken], key=lambda entry: (entry.folder, entry.title))


def by_title(found: list[LibraryTemplate], title: str) -> LibraryTemplate:
    return next(entry for entry in found if entry.title in (title, _(title)))


def templates(window: MainWindow) -> None:
    window.templates_page.set_templates(entries())
    window.show_page("templates")


def templates_search(window: MainWindow) -> None:
    templates(window)
    window.templates_page.search.setText("write")


def template_sheet(window: MainWindow, title: str = "Code review", *, own: bool = False) -> TemplateSheet:
    templates(window)
    entry = msgspec.structs.replace(by_title(entries(), title), is_own=own, shortcut="Ctrl+Alt+R" if own else "")
    assert entry.template is not None
    sheet = TemplateSheet(window.theme, entry, entry.template, Surroundings(clipboard="What was copied."))
    window.templates_page.open_sheet(sheet)
    return sheet


def fill(sheet: TemplateSheet) -> None:
    code = sheet.form.rows["code"].control
    assert isinstance(code, QPlainTextEdit)
    code.setPlainText(CODE)
    values = sheet.form.values()
    prompt = Template(sheet.template.body, trim_blocks=True, lstrip_blocks=True).render(values).strip()
    sheet.preview.show_turns(prompt, sheet.template.system, sheet.template.examples)
    sheet.preview.show_tokens(412)


def template_code_review(window: MainWindow) -> None:
    fill(template_sheet(window, own=True))


def template_preview(window: MainWindow, title: str = "Explain code") -> None:
    sheet = template_sheet(window, title)
    fill(sheet)
    sheet.preview.field.verticalScrollBar().setValue(0)
    QTest.qWait(60)
    sheet.verticalScrollBar().setValue(sheet.verticalScrollBar().maximum())


def template_many_fields(window: MainWindow) -> None:
    sheet = template_sheet(window, "Complaint")
    sheet.form.show_missing(["company", "events", "demand"])
    sheet.preview.show_turns("Write a letter of complaint to [To].", "", ())
    sheet.preview.show_problem("The marked fields need a value.")


def template_editor(window: MainWindow, *, view: int = TEXT) -> TemplateEditor:
    templates(window)
    file = resources() / "templates" / "Code" / "regular-expression.md"
    editor = TemplateEditor(window.theme, "own/x.md", "Regular expression", file.read_text(encoding="utf-8"))
    window.templates_page.open_sheet(editor)
    editor.tabs.setCurrentIndex(view)
    if view == TEXT:
        editor.show_mistake("The template has a mistake in line 8: Expected `str`, got `int`.", 8)
    return editor


def template_form(window: MainWindow) -> None:
    template_editor(window, view=FORM)


def template_form_placeholders(window: MainWindow) -> None:
    editor = template_editor(window, view=FORM)
    editor.show_mistake("The template has a mistake in line 22: …", 22, "The choice “flavour” has no choices")
    QTest.qWait(60)
    editor.verticalScrollBar().setValue(editor.verticalScrollBar().maximum())


def template_history(window: MainWindow) -> None:
    templates(window)
    sheet = HistorySheet(window.theme, "own/x.md", "Proofread")
    window.templates_page.open_sheet(sheet)
    text = (resources() / "templates" / "Writing" / "proofread.md").read_text(encoding="utf-8")
    sheet.show_versions([Version("b", 1_795_000_000), Version("a", 1_794_000_000)])
    sheet.show_comparison(diff_lines(text.replace("Correct spelling, grammar", "Correct spelling"), text))


def template_slash(window: MainWindow) -> None:
    window.composer.set_text("/")
    slash = SlashList(window.theme, window.composer)
    slash.offer(matching(entries(), ""))


def template_slash_search(window: MainWindow) -> None:
    window.composer.set_text("/co")
    slash = SlashList(window.theme, window.composer)
    slash.offer(matching(entries(), "co"))


def template_inserted(window: MainWindow) -> None:
    window.composer.set_text(f"Review the Python code below.\n\n{CODE}")
    window.composer.set_template("Code review", "1 example goes before the question.")
    window.composer.set_token_count(96)


def fill_dialog(window: MainWindow, title: str) -> FillDialog:
    template = by_title(entries(), title).template
    assert template is not None
    return FillDialog(window.theme, template, Surroundings(clipboard="A copied text."), window)


SCREENS = {
    "templates": templates,
    "templates-search": templates_search,
    "template-code-review": template_code_review,
    "template-preview": template_preview,
    "template-preview-example": partial(template_preview, title="Code review"),
    "template-many-fields": template_many_fields,
    "template-editor": template_editor,
    "template-form": template_form,
    "template-form-placeholders": template_form_placeholders,
    "template-history": template_history,
    "template-slash": template_slash,
    "template-slash-search": template_slash_search,
    "template-inserted": template_inserted,
}
