"""The command line: `recycler COMMAND`, one module per command.

A module of a command imports nothing but click when it is imported; what the command needs it
imports when it runs. So `recycler --help` answers at once.
"""

import os
import signal
import sys
from importlib import import_module
from io import TextIOWrapper
from typing import Any, Final

import click

from recycler import __version__
from recycler.cli.failures import explained

COMMANDS: Final = (
    "estimate",
    "plan",
    "serve",
    "train",
    "evaluate",
    "models",
    "assays",
    "keys",
    "monitor",
    "data",
    "openapi",
    "settings",
)
"""Commands in the order of `recycler --help`; each is `command` of the module of its name."""

INTERRUPTED: Final = 130
"""Exit code after Ctrl-C: 128 + SIGINT, as shells have it."""

TERMINATED: Final = 143
"""Exit code after SIGTERM: 128 + 15, likewise."""


class CommandLine(click.Group):
    """The group of all commands: loads them by name, turns errors into sentences and exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Name every command."""
        return list(COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        cmd_name: str,
    ) -> click.Command | None:
        """Import the module of a command."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"recycler.cli.{cmd_name}").command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; what goes wrong becomes one sentence, unless --debug wants it all."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            return ctx.exit(INTERRUPTED)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:  # the last resort: whatever went wrong ends as a sentence
            if ctx.params["debug"]:
                raise
            raise explained(error) from error


@click.group(
    cls=CommandLine,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Run `recycler COMMAND --help` for the options of a command and an example.",
)
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.option("--debug", is_flag=True, help="Show the traceback if something goes wrong.")
def main(debug: bool) -> None:  # noqa: ARG001 - CommandLine.invoke reads it
    """Say how much rare earth can be won back from a batch of e-waste, and how sure that is."""
    if os.getpid() == 1:
        # Nothing ends the first process of a container but what it says ends it.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A dash that a terminal lacks is no reason to fail.
            stream.reconfigure(errors="replace")
