"""Alembic's entry: runs the revisions on the connection that `storage.revisions` hands over."""

from alembic import context

from desktop_app.storage.tables import METADATA

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=METADATA, render_as_batch=True, transactional_ddl=False)
context.run_migrations()
