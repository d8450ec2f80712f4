"""`recycler settings`: everything that can be set from outside."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.text import Text

EPILOG = """\b
Example:
  RECYCLER_PORT=8080 recycler settings
"""


_NOT_SET = "(not set)"


@click.command(short_help="List every setting and its present value.", epilog=EPILOG)
def command() -> None:
    """List every setting: its environment variable, present value, default and meaning."""
    from rich.padding import Padding
    from rich.text import Text

    from recycler.cli.options import settings_with
    from recycler.cli.terminal import output
    from recycler.settings import PREFIX, describe, without_password

    present, console = settings_with(), output()
    for variable, default, meaning in describe():
        name = variable.removeprefix(PREFIX).lower()
        value = without_password(name, _shown(getattr(present, name)))
        console.print(_heading(variable, value, default))
        console.print(Padding(Text(meaning), (0, 0, 0, 4), expand=False))


def _heading(variable: str, value: str, default: str) -> "Text":
    from rich.text import Text

    standard = f"  (default: {default or _NOT_SET})" if value != default else ""
    return Text.assemble((variable, "bold"), f" = {value or _NOT_SET}", (standard, "yellow"))


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
