"""A model of thousands of lines, whose number Qt knows without asking Python."""

from PySide6.QtCore import QStringListModel


class LongRows(QStringListModel):
    """A list whose subclass keeps the lines: Qt keeps as many empty strings.

    A view that lays itself out asks how many lines there are once for each line, and Python's answers took most of
    the time.
    """

    def _reset(self, count: int) -> None:
        """Tell the views that there are now `count` lines, all of them other ones than before."""
        self.setStringList([""] * count)
