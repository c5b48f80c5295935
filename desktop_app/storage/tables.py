"""Tables of the database, as SQLAlchemy's Core declares them.

The ORM is left out: every query here is written by hand, and importing `sqlalchemy.orm` would cost a
starting window a fifth of its time and a tenth of its memory.
"""

from sqlalchemy import (
    DDL,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    event,
    text,
)

from desktop_app.storage.values import CHAT_COLUMNS, MESSAGE_COLUMNS

METADATA = MetaData()
"""What migrations are checked against."""

CHATS = Table(
    "chats",
    METADATA,
    Column("id", String, primary_key=True),
    Column("title", String, nullable=False),
    Column("title_is_own", Boolean, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Column("pinned", Boolean, nullable=False),
    Column("deleted_at", Double),
    Column("leaf_id", String),
    Column("model_path", String),
    Column("draft", String, nullable=False),
    Column("system_prompt", String, nullable=False),
    Column("sampling", LargeBinary, nullable=False),
    Column("persona", String),
    Column("folder_id", String),
    Column("archived_at", Double),
)
"""A chat; times are Unix time in seconds, `sampling` is MessagePack of `domain.sampling.Sampling`."""

FOLDERS = Table(
    "folders",
    METADATA,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("parent_id", String),
    Column("start", LargeBinary),
)
"""Folders of chats; a folder may be in another one. What is in a folder that has gone is in none.

`start` is MessagePack of `domain.shelf.FolderStart`, NULL where nothing was chosen.
"""

TAGS = Table(
    "tags",
    METADATA,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("color", String, nullable=False),
)
"""Tags of chats; `color` names a token of the look."""

CHAT_TAGS = Table(
    "chat_tags",
    METADATA,
    Column("chat_id", String, ForeignKey("chats.id", ondelete="CASCADE"), primary_key=True),
    Column("tag_id", String, ForeignKey("tags.id", ondelete="CASCADE"), primary_key=True),
    Index("chat_tags_by_tag", "tag_id"),
)
"""Which chat has which tag."""

MESSAGES = Table(
    "messages",
    METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("id", String, nullable=False, unique=True),
    Column("chat_id", String, ForeignKey("chats.id", ondelete="CASCADE"), nullable=False),
    Column("parent_id", String, ForeignKey("messages.id", ondelete="CASCADE")),
    Column("role", String, nullable=False),
    Column("status", String, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("parts", LargeBinary, nullable=False),
    Column("receipt", LargeBinary),
    Column("error", LargeBinary),
    Column("memory", LargeBinary),
    Column("model_path", String),
    Column("starred", Boolean, nullable=False, server_default=text("0")),
    Column("utc_offset", Integer),
    Index("messages_by_chat", "chat_id", "sequence"),
    Index("messages_by_parent", "parent_id"),
    Index("messages_starred", "sequence", sqlite_where=text("starred")),
)
"""A node of a conversation's tree; `sequence` is the order of creation.

`parts`, `receipt`, `error` and `memory` are MessagePack of the domain's values.
"""

CHAT = [CHATS.c[name] for name in CHAT_COLUMNS]
"""What `values.chat_of` takes."""
MESSAGE = [MESSAGES.c[name] for name in MESSAGE_COLUMNS]
"""What `values.message_of` takes."""

TRACES = Table(
    "traces",
    METADATA,
    Column("message_id", String, ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True),
    Column("blob", LargeBinary, nullable=False),
)
"""How the tokens of an answer were chosen, as `domain.traces.Traces.packed` makes it; never read with a chat."""

CHAT_VECTORS = Table(
    "chat_vectors",
    METADATA,
    Column("chat_id", String, ForeignKey("chats.id", ondelete="CASCADE"), primary_key=True),
    Column("model", String, primary_key=True),
    Column("fingerprint", String, nullable=False),
    Column("vector", LargeBinary, nullable=False),
)
"""What a chat is about, as a model sees it: numbers of 16 bits; `fingerprint` is that of the words it was made of."""

SEARCH_MODELS = Table(
    "search_models",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("name", String, nullable=False, unique=True),
)
"""The models that messages can be searched by; the search index knows them by their numbers."""

SEARCH_STATE = Table("search_state", METADATA, Column("unread", Integer, nullable=False))
"""One row, while older messages are still to be read into the search index: those up to this sequence. Else none."""

_OPTIONS = "content='', contentless_delete=1, tokenize='ascii', prefix='2 3'"
_FORGET = "DELETE FROM search_index WHERE rowid = old.sequence"
SEARCH_INDEX = (
    f"CREATE VIRTUAL TABLE search_index USING fts5(words, {_OPTIONS})",
    f"CREATE TRIGGER search_forgets AFTER DELETE ON messages BEGIN {_FORGET}; END",
)
"""What SQLAlchemy cannot declare: the full-text index over `domain.search_text.prepared`, a row for each message by
its sequence; a message that goes leaves it. The words themselves are not kept twice. The index of beginnings spares
the joining of the lists of thousands of words for each half typed one; from four letters on they are few.
"""
TEXT_INDEX = (
    f"CREATE VIRTUAL TABLE text_index USING fts5(words, {_OPTIONS})",
    "CREATE TRIGGER text_forgets AFTER DELETE ON notebook BEGIN DELETE FROM text_index WHERE rowid = old.number; END",
)
"""The same over the texts of the notebook, by their numbers. Of its own: a text is written anew again and again, and what
that leaves behind is soon done away with where nothing else is in the index.
"""
for _statement in (*SEARCH_INDEX, *TEXT_INDEX):
    event.listen(METADATA, "after_create", DDL(_statement))  # type: ignore[no-untyped-call]

UNSENT = Table(
    "unsent",
    METADATA,
    Column("chat_id", String, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)
"""What a chat has that was not sent yet, as MessagePack of `domain.unsent.Unsent`; `chat_id` may stand for one to come."""

OWN_WORDS = Table("own_words", METADATA, Column("word", String, primary_key=True))
"""Words of a person's own that are right although no dictionary has them."""

NOTEBOOK = Table(
    "notebook",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("title", String, nullable=False),
    Column("length", Integer, nullable=False),
    Column("updated_at", Double, nullable=False),
    Column("is_read", Boolean, nullable=False),
    Column("text", String, nullable=False),
    Column("marks", LargeBinary, nullable=False),
    Column("model_path", String),
    Column("sampling", LargeBinary, nullable=False),
    Index("notebook_unread", "updated_at", sqlite_where=text("is_read = 0")),
)
"""Texts that a model goes on with; what stands before `text` is all that their list needs, so that no long one is read.

`number` is that of a text in the search index, which has it as it is now where it `is_read`. `marks` and `sampling` are
MessagePack of the domain's values, `updated_at` is Unix time in seconds.
"""
