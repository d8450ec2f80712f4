"""The assays that a training run looks at, and what it thought of them, told and kept."""

from collections.abc import Mapping, Sequence

import click

from recycler.assays import digest
from recycler.cli.assay_store import store_of
from recycler.seen import Assayed
from recycler.settings import Settings
from recycler.training import TrainingReport

MOST_SHOWN = 10
"""Assays that were set aside which are listed; `recycler assays list --quarantined` has all."""


def all_assays(settings: Settings) -> Sequence[Assayed]:
    """Every assay that is not deleted.

    Raises:
        DatabaseUnavailableError: The database cannot be read.
    """
    with store_of(settings) as store:
        return [
            Assayed(found.assay_id, found.version, digest(found.lot), found.lot)
            for found in store.iterate()
        ]


def keep_judgement(settings: Settings, report: TrainingReport) -> None:
    """Keep in the database which assays were set aside and why; all others are released.

    Raises:
        DatabaseUnavailableError: The database cannot be written; the version stays, and its record
            has the same reasons.
    """
    with store_of(settings) as store:
        store.set_quarantine(report.set_aside, by=f"recycler train, version {report.version}")


def tell_judgement(assays: Sequence[Assayed], set_aside: Mapping[str, str]) -> None:
    """Print how many assays were used, and why others were not."""
    used = len(assays) - len(set_aside)
    click.echo(f"Learned from {used:,} of {len(assays):,} assays.")
    names = {found.assay_id: f"{found.lot.plant}, lot {found.lot.lot_id}" for found in assays}
    for assay_id, reason in list(set_aside.items())[:MOST_SHOWN]:
        click.echo(f"  set aside: {names[assay_id]}: {reason}")
    if len(set_aside) > MOST_SHOWN:
        click.echo(
            f"  and {len(set_aside) - MOST_SHOWN:,} more: `recycler assays list --quarantined`."
        )
