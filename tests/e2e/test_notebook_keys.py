"""The notebook from the keyboard: what its keys do, whatever the model does meanwhile."""

from random import Random

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.e2e.test_notebook import BEGIN, kept, open_notebook, until
from tests.walks.scripted_models import ScriptedModels


def test_the_key_of_the_page_leads_to_all_texts_at_once_while_a_model_writes(
    models: ScriptedModels, running, qtbot: QtBot
) -> None:
    with running() as session:
        page, notebook = open_notebook(qtbot, session)
        editor = page.writing.editor
        QTest.keyClicks(editor, BEGIN)
        notebook.go_on()
        until(qtbot, models, lambda: models.asked == 1)
        models.write(Random(1), 2)
        until(qtbot, models, lambda: len(editor.text()) > len(BEGIN))
        written = editor.text()
        QTest.keyClick(editor, Qt.Key.Key_F5)
        assert not page.is_writing
        assert not editor.is_writing
        until(qtbot, models, lambda: [text.text for text in kept(session)] == [written])
