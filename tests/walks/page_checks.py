"""What the pages beside the conversation have to show, once nothing is under way: what is on the disk, and in the services."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from typing import Any

import msgspec
from PySide6.QtWidgets import QComboBox

from desktop_app.app import App
from desktop_app.domain.downloads import Download, DownloadState
from desktop_app.gui.session.windows import OpenWindow
from desktop_app.gui.widgets.switch import Switch
from desktop_app.gui.window.main_window import MainWindow

Read = Callable[["Future[Any]"], Any]


def page_flaws(app: App, opened: OpenWindow, read: Read) -> Iterator[str]:
    """Yield what a window's pages show wrongly; `read` waits for a future and returns what comes of it."""
    window = opened.window
    yield from _size(window)
    yield from _looks(app, window)
    yield from _settings(app, window)
    if window.is_foremost:  # the others look again when they are used
        yield from _models(app, opened, read)
    yield from _downloads(window, read(app.pool.submit(app.downloads.list)))
    models = opened.controller.model.models
    if window.has_personas_page:
        known = read(app.personas.entries(models))
        yield from _others(
            "personas", (each.key for each in window.personas_page._entries), (each.key for each in known)
        )
        if list(window.personas_page._entries) != list(known):
            yield f"shows other personas: {window.personas_page._entries} instead of {known}"
    entries = window.templates_page._entries
    if entries is not None:
        templates = read(app.prompts.entries())
        yield from _others("templates", (each.key for each in entries), (each.key for each in templates))
        if list(entries) != list(templates):
            yield f"shows other templates: {entries} instead of {templates}"
    yield from _notebook(app, opened, read)


def _notebook(app: App, opened: OpenWindow, read: Read) -> Iterator[str]:
    notebook = opened.controller.notebook
    if notebook is None:
        return
    page = opened.window.notebook_page
    if page.writing.editor.is_writing:
        yield "says that a model goes on with a text of the notebook"
    entries = read(app.notebook.texts())
    if page.isVisible() and not page.is_writing and page.list._found is None:
        yield from _others("texts of the notebook", page.list.lines, (entry.id for entry in entries))
    if not notebook.text_id or page.writing.editor.is_filling:
        return
    notebook.save()  # what its timer holds back
    kept, shown = read(app.notebook.open(notebook.text_id, notebook)), page.writing.editor.text()
    if (kept is not None or shown.strip()) and (kept is None or kept.text != shown):
        yield f"shows a text of the notebook that is not what is kept of it: {shown!r} instead of {kept}"


def _size(window: MainWindow) -> Iterator[str]:
    least = window.minimumSize().expandedTo(window.minimumSizeHint())
    if window.isVisible() and not window.isMinimized() and least.expandedTo(window.size()) != window.size():
        yield f"is {window.size()}, less than {least}"


def _looks(app: App, window: MainWindow) -> Iterator[str]:
    wanted = app.settings.value.appearance.text_size / 100
    if window.theme.scale != wanted:
        yield f"has text of {window.theme.scale} instead of {wanted}"


def _settings(app: App, window: MainWindow) -> Iterator[str]:
    for section_name, section in window.settings_page.sections.items():
        values = getattr(app.settings.value, section_name)
        for name, row in section.rows.items():
            value = getattr(values, name)
            if row.differs != (value != row.spec.default):
                yield f"the setting {name} is {value!r} and can be reset: {row.differs}"
            for control in row.editor.widgets:
                if isinstance(control, Switch) and control.isChecked() != value:
                    yield f"shows the setting {name} as {control.isChecked()}"
                if isinstance(control, QComboBox) and row.spec.choices:
                    chosen, _label = row.spec.choices[control.currentIndex()]
                    if chosen != value:
                        yield f"shows the setting {name} as {chosen!r} instead of {value!r}"


def _models(app: App, opened: OpenWindow, read: Read) -> Iterator[str]:
    page = opened.window.models_page
    there = [msgspec.structs.replace(model, last_used=0.0) for model in read(app.library.models())]
    if list(page._models) != there:
        yield f"has other models: {page._models} instead of {there}"
    if page.isVisible() and page._is_built:
        paths = [model.path for model in there if model.is_usable]
        yield from _others("cards of models", page.local_cards, paths)
        missing = [model.path for model in there if model.missing]
        yield from _others("cards of models that are missing", page.missing_cards, missing)
        loaded = {model.path for model in read(app.engines.loaded())}
        seen = {path for path, presence in page._presences.items() if presence.is_there and presence.fraction is None}
        if seen != loaded:
            yield f"says that {seen} are loaded instead of {loaded}"


def _downloads(window: MainWindow, downloads: Iterable[Download]) -> Iterator[str]:
    page = window.models_page
    known = {each.id: each.state for each in downloads if each.state is not DownloadState.DONE}
    shown = {each.id: each.state for each in page._downloads.values()}
    if shown != known:
        yield f"shows other downloads: {shown} instead of {known}"
    if page._is_built:
        yield from _others("cards of downloads", page.download_cards, known)


def _others(what: str, shown: Iterable[str], known: Iterable[str]) -> Iterator[str]:
    seen, there = set(shown), set(known)
    if seen != there:
        yield f"has other {what}: too many {seen - there}, missing {there - seen}"
