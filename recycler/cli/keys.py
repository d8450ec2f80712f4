"""`recycler keys`: who may ask the service for what."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from recycler.cli.options import json_option, settings_with, wants_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from recycler.keys import ApiKey, KeyKeeper

SCOPES: Final = ("estimate", "assays", "models", "metrics")

EPILOG = """\b
Examples:
  recycler keys list
  recycler keys revoke 3f9c02aa51de
"""

_CREATE_EXAMPLE = """\b
Examples:
  recycler keys create --name "intake desk" --scope estimate --scope assays
  recycler keys create --name prometheus --scope metrics --expires 2030-01-01 > key
"""

_LIST_EXAMPLE = """\b
Example:
  recycler keys list --json
"""

_REVOKE_EXAMPLE = """\b
Example:
  recycler keys revoke 3f9c02aa51de
"""

_file_option = click.option(
    "--file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="File of the keys.  [default: RECYCLER_KEYS_FILE, else the database]",
)


@click.group(short_help="Make, list and revoke the keys of the service.", epilog=EPILOG)
def command() -> None:
    """Make, list and revoke the keys that callers of the HTTP service send.

    They are kept in the database of RECYCLER_DATABASE_URL, or in a file, as hashes: a key that was
    lost cannot be shown again, only replaced. A running service goes by them within seconds.
    """


@command.command("create", short_help="Make a key and print it, once.", epilog=_CREATE_EXAMPLE)
@click.option("--name", required=True, metavar="NAME", help="Who or what will hold it.")
@click.option(
    "--scope",
    "scopes",
    required=True,
    multiple=True,
    type=click.Choice(SCOPES),
    help="What it may be used for; give it once for each.",
)
@click.option(
    "--expires",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"]),
    metavar="DATE",
    help="First day, UTC, on which it is good no more.  [default: never]",
)
@_file_option
def create(name: str, scopes: tuple[str, ...], expires: datetime | None, file: Path | None) -> None:
    """Make a key and print it on standard output, and nothing else there.

    It is shown this once. Everything about it goes to standard error, so it can be piped into
    whatever keeps secrets.
    """
    from recycler.keys import Scope, new_key

    now = datetime.now(UTC)
    expires_at = expires and expires.replace(tzinfo=UTC)
    if expires_at is not None and expires_at <= now:
        raise click.BadParameter("it has passed already.", param_hint="'--expires'")
    try:
        text, key = new_key(name, map(Scope, scopes), now, expires_at)
    except ValueError as error:
        raise click.BadParameter(f"{error}.", param_hint="'--name'") from None
    with _keeper(file) as keeper:
        keeper.add(key)
        click.echo(f"{_about(key, keeper.name)} It is shown this once:", err=True)
    click.echo(text)


@command.command("list", short_help="List keys and when they were last used.", epilog=_LIST_EXAMPLE)
@_file_option
@json_option
def list_keys(file: Path | None, as_json: bool | None) -> None:
    """List every key that ever was: a table on a terminal, JSON when piped; never the keys."""
    with _keeper(file) as keeper:
        keys = keeper.all_keys()
    if wants_json(as_json):
        click.echo(_json_of(keys))
    elif not keys:
        click.echo("There are no keys.")
    else:
        from recycler.cli.key_table import keys_table
        from recycler.cli.terminal import output

        output().print(keys_table(keys, datetime.now(UTC)))


@command.command("revoke", short_help="Revoke a key for good.", epilog=_REVOKE_EXAMPLE)
@click.argument("key_id", metavar="ID")
@_file_option
def revoke(key_id: str, file: Path | None) -> None:
    """Revoke the key of an ID, for good; a key that leaked may be given instead of its ID."""
    from recycler.keys import id_in

    with _keeper(file) as keeper:
        key = keeper.revoke(id_in(key_id), datetime.now(UTC))
    click.echo(
        f"Key {key.key_id} for {key.name} is revoked, since {key.revoked_at:%Y-%m-%d %H:%M} UTC."
    )


def _about(key: "ApiKey", where: str) -> str:
    until = f" until {key.expires_at:%Y-%m-%d %H:%M} UTC" if key.expires_at else ""
    return (
        f"Key {key.key_id} for {key.name} is in {where}, good{until} for "
        f"{', '.join(sorted(key.scopes))}; a service that runs takes it within "
        f"{settings_with().keys_check_s:g} s."
    )


def _keeper(file: Path | None) -> "AbstractContextManager[KeyKeeper]":
    """Where the keys are by the option, else by the settings; closed afterwards."""
    from recycler.keys import open_keys

    return closing(open_keys(settings_with(keys_file=file)))


def _json_of(keys: "Sequence[ApiKey]") -> bytes:
    import orjson

    from recycler.cli.key_table import key_document

    now = datetime.now(UTC)
    return orjson.dumps([key_document(key, now) for key in keys], option=orjson.OPT_INDENT_2)
