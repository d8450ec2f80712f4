"""`recycler train`: fit, evaluate, write a version."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from recycler.cli.options import backend_of, backend_options, settings_with

if TYPE_CHECKING:
    from recycler.training import TrainingReport

EPILOG = """\b
Examples:
  recycler train
  recycler train --models /srv/models --version 2026.11-2 --promote
  recycler train --backend dask --scheduler tcp://10.0.0.5:8786
"""


@click.command(short_help="Fit a model, evaluate it and write a version.", epilog=EPILOG)
@click.option(
    "--models",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder to write to; made if missing.  [default: RECYCLER_MODELS, else ./models]",
)
@click.option("--seed", type=click.IntRange(0), metavar="N", help="Seed of all random draws.")
@click.option(
    "--version", metavar="NAME", help="Name of the version.  [default: from day and data]"
)
@click.option("--promote", is_flag=True, help="Make it the champion if it passes the gate.")
@backend_options
def command(
    models: Path | None,
    seed: int | None,
    version: str | None,
    promote: bool,
    jobs: int | None,
    backend: str,
    scheduler: str | None,
) -> None:
    """Fit a model to the published tables, evaluate it on sources left out, write a version.

    The same data and seed give the same numbers. Progress goes to standard error. A version that
    --promote does not get past the gate (see `recycler models promote --help`) stays written, and
    the exit code is 1.
    """
    from recycler.cli.progress import shown_on
    from recycler.cli.promotions import refused
    from recycler.cli.terminal import messages
    from recycler.registry.gate import gate_of
    from recycler.training import DEFAULT_SEED, train

    settings = settings_with(models=models)
    where = backend_of(backend, scheduler, jobs)
    with shown_on(messages()) as progress:
        report = train(
            models=settings.models or Path("models"),
            seed=DEFAULT_SEED if seed is None else seed,
            backend=where,
            version=version,
            promote=promote,
            gate=gate_of(settings),
            progress=progress,
        )
    _print(report, promote=promote)
    if report.refused:
        raise refused(report.version, report.refused)


def _print(report: "TrainingReport", *, promote: bool) -> None:
    from recycler.cli.score_table import score_table
    from recycler.cli.terminal import output

    output().print(score_table(report.scores, report.version))
    click.echo(f"Wrote {report.folder} in {report.seconds:.0f} s.")
    if not promote:
        click.echo(f'Not promoted: `recycler models promote {report.version} --why "..."` does.')
    elif report.refused is None:
        click.echo(f"{report.version} is the champion now.")
