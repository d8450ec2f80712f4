"""Alembic's way into the migrations: on a connection that is in a transaction already."""

from alembic import context

from recycler.assays.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
