"""The queries, reached from the database's own threads, so that SQLAlchemy never holds up the window."""

import importlib
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desktop_app.storage import chat_vectors as vector_rows
    from desktop_app.storage import chats as rows
    from desktop_app.storage import incoming as incoming_rows
    from desktop_app.storage import notebook as notebook_rows
    from desktop_app.storage import own_words as own_word_rows
    from desktop_app.storage import search as search_rows
    from desktop_app.storage import shelf as shelf_rows
    from desktop_app.storage import statistics as statistics_rows
    from desktop_app.storage import traces as trace_rows
    from desktop_app.storage import unsent as unsent_rows
else:

    class _Rows(ModuleType):
        """Imports the module of its name at the first use."""

        def __getattr__(self, name: str) -> object:
            return getattr(importlib.import_module(self.__name__), name)

    rows = _Rows("desktop_app.storage.chats")
    search_rows = _Rows("desktop_app.storage.search")
    shelf_rows = _Rows("desktop_app.storage.shelf")
    statistics_rows = _Rows("desktop_app.storage.statistics")
    trace_rows = _Rows("desktop_app.storage.traces")
    incoming_rows = _Rows("desktop_app.storage.incoming")
    notebook_rows = _Rows("desktop_app.storage.notebook")
    own_word_rows = _Rows("desktop_app.storage.own_words")
    unsent_rows = _Rows("desktop_app.storage.unsent")
    vector_rows = _Rows("desktop_app.storage.chat_vectors")

__all__ = [
    "incoming_rows",
    "notebook_rows",
    "own_word_rows",
    "rows",
    "search_rows",
    "shelf_rows",
    "statistics_rows",
    "trace_rows",
    "unsent_rows",
    "vector_rows",
]
