"""`recycler models`: the versions in the models folder."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recycler.cli.compare_versions import compare
from recycler.cli.options import models_option, open_registry
from recycler.cli.promotions import log, promote, restore, rollback

if TYPE_CHECKING:
    from rich.console import RenderableType

    from recycler.registry import Registry

EPILOG = """\b
Examples:
  recycler models list
  recycler models verify champion
  recycler models compare champion challenger
"""

_LIST_EXAMPLE = """\b
Example:
  recycler models list --models /srv/models
"""

_SHOW_EXAMPLE = """\b
Example:
  recycler models show previous | less
"""

_VERIFY_EXAMPLE = """\b
Example:
  recycler models verify challenger
"""

_name_argument = click.argument("name", default="champion", metavar="[NAME]")


@click.group(short_help="List, show, compare and promote model versions.", epilog=EPILOG)
def command() -> None:
    """Look after the versions in the models folder.

    NAME is a version or an alias: champion (the default), challenger or previous.
    """


@command.command("list", short_help="List all versions and their aliases.", epilog=_LIST_EXAMPLE)
@models_option
def list_versions(models: Path | None) -> None:
    """List all versions: their aliases, when they were trained, and how good they are.

    Coverage of the 90 % intervals and CRPS are over all factors; `recycler evaluate VERSION` tells
    them apart. What is wrong with a damaged version, `recycler models verify VERSION` says.
    """
    from recycler.cli.terminal import output

    output().print(_versions(open_registry(models)))


@command.command("show", short_help="Show the card of a version.", epilog=_SHOW_EXAMPLE)
@_name_argument
@models_option
def show(name: str, models: Path | None) -> None:
    """Show a version's card, Markdown: what it is, how good it is, where it fails.

    Where the same stands as a page for a browser, standard error says, so that the output can be
    piped.
    """
    registry = open_registry(models)
    card = registry.card(name)
    click.echo(card, nl=not card.endswith("\n"))
    if registry.page(name) is not None:
        page = registry.root / registry.resolve(name) / "card.html"
        click.echo(f"The same as a page, with figures: {page}", err=True)


@command.command("verify", short_help="Check that a version can be used.", epilog=_VERIFY_EXAMPLE)
@_name_argument
@models_option
@click.pass_context
def verify(ctx: click.Context, name: str, models: Path | None) -> None:
    """Load a version step by step and say what each check found.

    The first check that fails ends it, with exit code 1: no step is taken before those ahead of
    it have passed.
    """
    registry = open_registry(models)
    version = registry.resolve(name)
    click.echo(f"{version} in {registry.root}")
    for check in registry.verify(version):
        click.echo(f"  {'ok' if check.passed else 'FAILED'}  {check.step}: {check.detail}")
        if not check.passed:
            ctx.exit(1)


for _command in (promote, rollback, compare, log, restore):
    command.add_command(_command)


def _versions(registry: "Registry") -> "RenderableType":
    from recycler.cli.tables import Column, table

    versions, aliases = registry.versions(), registry.aliases()
    accounts = [_account(registry, version) for version in versions]
    columns = [
        Column("version", versions, "bold", folds=True),
        Column("alias", [_aliases_of(version, aliases) for version in versions]),
        Column("trained (UTC)", [account[0] for account in accounts]),
        Column("inside\n90 %", [account[1] for account in accounts], justify="right"),
        Column("CRPS", [account[2] for account in accounts], justify="right"),
    ]
    return table(columns)


def _aliases_of(version: str, aliases: Mapping[str, str]) -> str:
    return ", ".join(alias for alias, named in aliases.items() if named == version)


def _account(registry: "Registry", version: str) -> Sequence[str]:
    """When a version was trained, its pooled coverage and CRPS; a damaged one is listed as such."""
    from recycler.registry import ArtefactError

    try:
        manifest = registry.manifest(version)
    except ArtefactError:
        return ("damaged", "", "")
    pooled: Mapping[str, Any] = manifest.scores.get("pooled", {})
    coverage = pooled.get("coverage", {}).get("0.9")
    return (
        f"{manifest.created_at:%Y-%m-%d %H:%M}",
        f"{coverage * 100:.0f} %" if coverage is not None else "",
        f"{pooled['crps']:.3f}" if "crps" in pooled else "",
    )
