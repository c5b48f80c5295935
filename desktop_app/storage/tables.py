"""Tables of the database, as SQLAlchemy's Core declares them.

The ORM is left out: every query here is written by hand, and importing `sqlalchemy.orm` would cost a
starting window a fifth of its time and a tenth of its memory.
"""

from sqlalchemy import Boolean, Column, Double, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Table

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
)
"""A chat; times are Unix time in seconds, `sampling` is MessagePack of `domain.sampling.Sampling`."""

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
    Index("messages_by_chat", "chat_id", "sequence"),
    Index("messages_by_parent", "parent_id"),
)
"""A node of a conversation's tree; `sequence` is the order of creation.

`parts`, `receipt`, `error` and `memory` are MessagePack of the domain's values.
"""

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
