"""Finds words in the text of the notebook that is open."""

from PySide6.QtCore import QObject
from PySide6.QtGui import QTextCursor, QTextDocument

from desktop_app.domain.notebook import beginning, units
from desktop_app.domain.search_query import Finder, SearchQuery
from desktop_app.gui.chat.bars.find_bar import FindBar
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.notebook.editor import NotebookEditor
from desktop_app.support.i18n import _


class TextFinding(QObject):
    """A bar over the field; what was found is selected there. Upper and lower case count as the same."""

    def __init__(self, theme: Theme, editor: NotebookEditor) -> None:
        super().__init__(editor)
        self._editor = editor
        self.bar = FindBar(theme, editor, _("Find in this text"))
        self.bar.room_wanted.connect(editor.keep_room_above)
        self.bar.typed.connect(lambda _words: self.go(0))
        self.bar.step_requested.connect(self.go)
        self.bar.closed.connect(self.close)

    def open(self) -> None:
        """Show the bar, with what is selected to look for."""
        selected = self._editor.textCursor().selectedText()
        self.bar.open(selected if "\u2029" not in selected else "")
        self.go(0)

    def close(self) -> None:
        """Hide the bar, and go on in the text; what was found stays selected."""
        self.put_away()
        self._editor.setFocus()

    def put_away(self) -> None:
        """Hide the bar."""
        self.bar.hide()

    def show_found(self, query: SearchQuery) -> None:
        """Select the first place that a query finds, and bring it into the middle."""
        text = self._editor.text()
        places = Finder(query).first_spans(text)
        if places:
            begin, end = places[0]
            cursor = self._editor.textCursor()
            cursor.setPosition(units(text[:begin]))
            cursor.setPosition(units(text[:end]), QTextCursor.MoveMode.KeepAnchor)
            self._editor.setTextCursor(cursor)
            self._editor.centerCursor()

    def go(self, by: int) -> None:
        """Go to the next place (1), to the one before (-1), or stay where the words are (0)."""
        if self.bar.isHidden():
            self.open()
            return
        document, words = self._editor.document(), _spaced(self.bar.field.text())
        cursor = self._editor.textCursor()
        cursor.setPosition(cursor.selectionEnd() if by > 0 else cursor.selectionStart())
        flag = QTextDocument.FindFlag.FindBackward if by < 0 else QTextDocument.FindFlag(0)
        found = document.find(words, cursor, flag) if words else QTextCursor()
        if found.isNull() and words:  # from the other end
            cursor.movePosition(QTextCursor.MoveOperation.End if by < 0 else QTextCursor.MoveOperation.Start)
            found = document.find(words, cursor, flag)
        if not found.isNull():
            self._editor.setTextCursor(found)
        text, wanted = _spaced(self._editor.text()), words.lower()
        total = text.lower().count(wanted) if words else 0
        number = beginning(text, found.selectionStart()).lower().count(wanted) + 1 if not found.isNull() else 0
        self.bar.show_count(number, total, is_known=True)


def _spaced(words: str) -> str:
    """Return words with usual blanks, as Qt sees those at which no line may break."""
    return words.replace("\u00a0", " ")
