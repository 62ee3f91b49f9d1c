"""The journal's tables, their migrations, and the JSON in them. SQLAlchemy stays in here and in `delivery/`."""
