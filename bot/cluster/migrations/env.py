"""Alembic runs this for each upgrade, on the connection that ``bot.cluster.upgrade`` hands over."""

from alembic import context

from bot.cluster.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
