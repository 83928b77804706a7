"""What Alembic runs: the migrations, in the transaction that `migrations.connection_to` has begun."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

import bot.store.tables  # noqa: F401 - the metadata knows a table once it is imported

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    transactional_ddl=True,  # Alembic takes SQLite for a database without
)
with context.begin_transaction():
    context.run_migrations()
