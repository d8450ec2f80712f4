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
  recycler train --assays --promote
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
@click.option(
    "--assays",
    "with_assays",
    is_flag=True,
    help="Learn from the measured lots in RECYCLER_DATABASE_URL, too.",
)
@backend_options
def command(
    models: Path | None,
    seed: int | None,
    version: str | None,
    promote: bool,
    with_assays: bool,
    jobs: int | None,
    backend: str,
    scheduler: str | None,
) -> None:
    """Fit a model to the published tables, evaluate it on sources left out, write a version.

    With --assays it learns from measured lots as well: each plant counts as a source, and what it
    says of batches that name this plant is what its own lots hold. Lots that are impossible, double
    or far out are set aside with a reason (`recycler assays list --quarantined`).

    The same data and seed give the same numbers. Progress goes to standard error. A version that
    --promote does not get past the gate (see `recycler models promote --help`) stays written, and
    the exit code is 1.
    """
    from recycler.cli.progress import shown_on
    from recycler.cli.promotions import refused
    from recycler.cli.terminal import messages
    from recycler.cli.training_assays import all_assays, keep_judgement, tell_judgement
    from recycler.registry.gate import gate_of
    from recycler.training import DEFAULT_SEED, train

    settings = settings_with(models=models)
    where = backend_of(backend, scheduler, jobs)
    assays = all_assays(settings) if with_assays else ()
    with shown_on(messages()) as progress:
        report = train(
            models=settings.models or Path("models"),
            seed=DEFAULT_SEED if seed is None else seed,
            backend=where,
            version=version,
            promote=promote,
            gate=gate_of(settings),
            assays=assays,
            outlier_limit=settings.outlier_limit,
            progress=progress,
        )
    _print(report, promote=promote)
    if with_assays:
        tell_judgement(assays, report.set_aside)
        keep_judgement(settings, report)
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
