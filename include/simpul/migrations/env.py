"""How Alembic reaches the warehouse: as its owner, all of an upgrade in one transaction."""

from alembic import context
from sqlalchemy import NullPool, create_engine

from simpul.database import warehouse_dsn

if context.is_offline_mode():
    raise SystemExit("migrations need a database: run `simpul up`")

engine = create_engine(
    warehouse_dsn().replace("postgresql://", "postgresql+psycopg://", 1),
    poolclass=NullPool,
    connect_args={"application_name": "simpul migrate", "options": "-c timezone=UTC"},
    hide_parameters=True,
)
with engine.connect() as connection:
    connection.exec_driver_sql("create schema if not exists audit")  # the version table lives there
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=None,
        version_table="alembic_version",
        version_table_schema="audit",
    )
    with context.begin_transaction():
        context.run_migrations()
