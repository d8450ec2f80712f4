"""`recycler models promote | rollback | log | restore`: which version is champion, and why."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from recycler.cli.options import (
    json_option,
    models_option,
    open_registry,
    settings_with,
    user_name,
    wants_json,
    who_option,
)

if TYPE_CHECKING:
    from recycler.registry import Promotion, Verdict

_PROMOTE_EXAMPLE = """\b
Examples:
  recycler models promote 2026.11-2 --why "new phone assays, CRPS 4 % lower"
  recycler models promote challenger --why "data corrected" \\
    --force "the gate compares with figures that were misprints"
"""

_ROLLBACK_EXAMPLE = """\b
Example:
  recycler models rollback --why "assays were mixed up"
"""

_LOG_EXAMPLE = """\b
Examples:
  recycler models log
  recycler models log --json | jq '.[-1].gate'
"""

_RESTORE_EXAMPLE = """\b
Example:
  recycler models restore --models /srv/models
"""

why_option = click.option("--why", required=True, metavar="TEXT", help="The reason, for the log.")


def _reason(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    """Refuse an option that was taken for the reason."""
    if value is not None and value.startswith("-"):
        raise click.BadParameter('a reason is expected: --force "why the gate is wrong".')
    return value


@click.command("promote", short_help="Make a version the champion.", epilog=_PROMOTE_EXAMPLE)
@click.argument("name")
@why_option
@who_option
@click.option(
    "--as",
    "alias",
    type=click.Choice(["champion", "challenger"]),
    default="champion",
    show_default=True,
    help="Alias to give.",
)
@click.option(
    "--force",
    "forced",
    metavar="REASON",
    callback=_reason,
    help="Promote even if the gate refuses, and why; both are logged.",
)
@models_option
def promote(
    name: str, why: str, who: str | None, alias: str, forced: str | None, models: Path | None
) -> None:
    """Give a version an alias, after it has proven to load, and log who did it and why.

    A champion must pass the gate: its 90 % intervals must hold as often as they should, and on the
    figures that both were evaluated on its CRPS must not be above that of the champion before
    (settings RECYCLER_PROMOTE_*; `recycler models compare` shows the verdict beforehand). The
    champion that is replaced becomes `previous`; `recycler models rollback` brings it back.
    """
    from recycler.registry import PromotionRefusedError
    from recycler.registry.gate import gate_of

    registry = open_registry(models)
    version = registry.resolve(name)
    try:
        entry = registry.promote(
            version,
            who=who or user_name(),
            why=why,
            alias=alias,
            gate=gate_of(settings_with()),
            forced=forced,
        )
    except PromotionRefusedError as error:
        raise refused(error.version, error.verdict) from error
    if entry.forced and entry.gate:
        click.echo(f"The gate is overridden:\n{_listed(entry.gate.objections)}")
    click.echo(f"{version} is the {alias} now.")


def refused(version: str, verdict: "Verdict") -> click.ClickException:
    """Say everything that the gate has against a version, and what can be done."""
    objections = _listed(verdict.objections)
    return click.ClickException(
        f"{version} is not promoted.\n{objections}\n`recycler models compare champion {version}` "
        f'shows both; `recycler models promote {version} --why "..." --force "REASON"` overrides '
        "the gate."
    )


@click.command("rollback", short_help="Bring the previous champion back.", epilog=_ROLLBACK_EXAMPLE)
@why_option
@who_option
@models_option
def rollback(why: str, who: str | None, models: Path | None) -> None:
    """Make the version `previous` the champion again, if it still loads; no gate is asked.

    The champion that is rolled back becomes `previous`: rolling back twice ends where it began.
    """
    entry = open_registry(models).roll_back(who=who or user_name(), why=why)
    click.echo(f"{entry.version} is the champion again; {entry.replaced} is previous now.")


@click.command("log", short_help="Show who promoted what, and why.", epilog=_LOG_EXAMPLE)
@json_option
@models_option
def log(as_json: bool | None, models: Path | None) -> None:
    """Show every promotion and roll-back, in the order in which they took effect.

    The order is that of the log. Times are those of the clock at that moment, which may have been
    set back in between.
    """
    entries = open_registry(models).promotions()
    if wants_json(as_json):
        import orjson

        click.echo(orjson.dumps(entries, option=orjson.OPT_INDENT_2))
        return
    from recycler.cli.promotion_page import log_page
    from recycler.cli.terminal import output

    output().print(log_page(entries))


@click.command("restore", short_help="Rebuild a damaged log.", epilog=_RESTORE_EXAMPLE)
@models_option
def restore(models: Path | None) -> None:
    """Rebuild registry.json from promotions.jsonl, or the other way round.

    The longer log counts, and the other must be its beginning. What is replaced is kept beside, as
    NAME.damaged. Nothing changes where both are whole.
    """
    restoration = open_registry(models).restore()
    for sentence in restoration.done or ("Nothing is to be restored.",):
        click.echo(sentence)
    click.echo(_state(restoration.table.promotions, dict(restoration.table.aliases)))


def _state(log: "Iterable[Promotion]", aliases: dict[str, str]) -> str:
    count = len(tuple(log))
    named = ", ".join(f"{alias} is {version}" for alias, version in aliases.items())
    return f"{count} promotion{'' if count == 1 else 's'} in the log; {named or 'no champion'}."


def _listed(sentences: Iterable[str]) -> str:
    return "\n".join(f"  {sentence}" for sentence in sentences)
