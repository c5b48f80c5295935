"""Tries in a scratch folder what the storage is built on: every migration, encryption, full-text search."""

from pathlib import Path


def run_every_migration(folder: Path) -> str:
    """Migrate an empty database to the newest shape with Alembic; returns the revision that it says it has."""
    from desktop_app.storage.engine import make_engine
    from desktop_app.storage.revisions import migrate, stored_revision

    engine = make_engine(folder / "migrated.db")
    try:
        with engine.begin() as connection:
            migrate(connection)
            return stored_revision(connection) or ""
    finally:
        engine.dispose()


def encrypt_and_search(folder: Path) -> str:
    """Write an encrypted file, find a word in it again with the key; returns SQLCipher's version.

    Raises RuntimeError where the file can be read without the key, or the word is not found.
    """
    from sqlcipher3 import dbapi2

    path = folder / "encrypted.db"
    with_key = dbapi2.connect(str(path), isolation_level=None)
    try:
        with_key.execute("PRAGMA key = 'a key'")
        with_key.execute("CREATE VIRTUAL TABLE words USING fts5(text, content='', contentless_delete=1)")
        with_key.execute("INSERT INTO words (text) VALUES ('a boat on the river')")
        found = with_key.execute("SELECT count(*) FROM words WHERE words MATCH 'boat'").fetchone()
        (version,) = with_key.execute("PRAGMA cipher_version").fetchone() or ("",)
    finally:
        with_key.close()
    if found != (1,):
        raise RuntimeError("a word that was written is not found")
    if not version or path.read_bytes().startswith(b"SQLite format 3"):
        raise RuntimeError("the file is not encrypted")
    return str(version)
