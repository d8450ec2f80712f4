"""Which migration a database is at, and bringing it to the newest.

Alembic is imported only when there is something to migrate: usually there is not.
"""

import logging
import threading
from typing import Final

from sqlalchemy import Connection, inspect, text

from recycler.assays.engines import for_writing
from recycler.assays.refusals import unavailable

_LOG: Final = logging.getLogger(__name__)

HEAD: Final = "0003"
"""The newest migration, of which `tables` is the outcome."""

_AT: Final = text("SELECT version_num FROM alembic_version")

_one_at_a_time: Final = threading.Lock()  # Alembic keeps the migration under way in a global


def revision_of(connection: Connection) -> str | None:
    """The migration that a database is at; None if it has no tables yet."""
    with connection.begin():
        if not inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.scalar(_AT)
        return found


def migrate(connection: Connection, name: str) -> None:
    """Bring a database to the newest migration, all or nothing; others meanwhile wait.

    Raises:
        DatabaseUnavailableError: It is at a migration that this version of recycler has not got.
    """
    from alembic import command
    from alembic.config import Config
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", "recycler.assays:migrations")
    config.attributes["connection"] = connection
    with _one_at_a_time, for_writing(connection).begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL statement_timeout = 0"))
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise unavailable(name, _not_ours(connection)) from error
    _LOG.info("%s is at migration %s now.", name, HEAD)


def _not_ours(connection: Connection) -> str:
    at = connection.scalar(_AT)
    return (
        f"it is at migration {at!r}, and this version of recycler knows those up to {HEAD}; "
        "install a newer version"
    )
