"""`recycler serve`: the HTTP service."""

from pathlib import Path

import click

from recycler.cli.options import SettingValue, models_option, settings_with

EPILOG = """\b
Example:
  recycler serve --host 0.0.0.0 --port 8080 --workers 4
"""


@click.command(short_help="Answer estimates over HTTP.", epilog=EPILOG)
@click.option("--host", type=SettingValue("host"), metavar="ADDRESS", help="Address to listen on.")
@click.option(
    "--port", type=SettingValue("port"), metavar="N", help="Port to listen on; 0 takes a free one."
)
@click.option(
    "--workers", type=SettingValue("workers"), metavar="N", help="Processes that answer requests."
)
@click.option(
    "--threads",
    type=SettingValue("threads"),
    metavar="N",
    help="Requests that one process works on at a time.",
)
@models_option
def command(
    host: str | None,
    port: int | None,
    workers: int | None,
    threads: int | None,
    models: Path | None,
) -> None:
    """Serve the HTTP API until stopped (Ctrl-C).

    Options override the settings of the environment; `recycler settings` lists them all.
    """
    from recycler.web.server import serve

    serve(settings_with(host=host, port=port, workers=workers, threads=threads, models=models))
