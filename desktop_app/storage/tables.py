"""Tables of the database, as SQLAlchemy's typed ORM declares them."""

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """The metadata that migrations are checked against."""


class ChatRow(Base):
    """A chat; times are Unix time in seconds, `sampling` is MessagePack of `domain.sampling.Sampling`."""

    __tablename__ = "chats"

    id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    title_is_own: Mapped[bool]
    created_at: Mapped[float]
    updated_at: Mapped[float]
    pinned: Mapped[bool]
    deleted_at: Mapped[float | None]
    leaf_id: Mapped[str | None]
    model_path: Mapped[str | None]
    draft: Mapped[str]
    system_prompt: Mapped[str]
    sampling: Mapped[bytes] = mapped_column(LargeBinary)


class MessageRow(Base):
    """A node of a conversation's tree; `sequence` is the order of creation.

    `parts`, `receipt` and `error` are MessagePack of the domain's values.
    """

    __tablename__ = "messages"
    __table_args__ = (Index("messages_by_chat", "chat_id", "sequence"), Index("messages_by_parent", "parent_id"))

    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(unique=True)
    chat_id: Mapped[str] = mapped_column(ForeignKey("chats.id", ondelete="CASCADE"))
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    role: Mapped[str]
    status: Mapped[str]
    created_at: Mapped[float]
    parts: Mapped[bytes] = mapped_column(LargeBinary)
    receipt: Mapped[bytes | None] = mapped_column(LargeBinary)
    error: Mapped[bytes | None] = mapped_column(LargeBinary)
