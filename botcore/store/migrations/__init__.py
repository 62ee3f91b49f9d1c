"""Alembic's migrations, run by `botcore.store.schema` at start."""
