"""The chat queries, reached from the database's own threads, so that SQLAlchemy never holds up the window."""

from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desktop_app.storage import chats as rows
else:

    class _Rows(ModuleType):
        """Imports `storage.chats` at the first use."""

        def __getattr__(self, name: str) -> object:
            from desktop_app.storage import chats

            return getattr(chats, name)

    rows = _Rows("rows")

__all__ = ["rows"]
