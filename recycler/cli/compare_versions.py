"""`recycler models compare`: two versions side by side."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recycler.cli.options import (
    json_option,
    models_option,
    open_registry,
    settings_with,
    wants_json,
)

if TYPE_CHECKING:
    from recycler.registry import Registry
    from recycler.registry.version_comparison import Candidate, VersionComparison

EPILOG = """\b
Examples:
  recycler models compare champion challenger
  recycler models compare champion 2026.11-2 --json
"""


@click.command("compare", short_help="Show two versions side by side.", epilog=EPILOG)
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@json_option
@models_option
def compare(old: str, new: str, as_json: bool | None, models: Path | None) -> None:
    """Show what changes if version NEW replaces version OLD; both may be aliases.

    Scores by factor: of each version over all its figures, and the difference over the figures
    that both were evaluated on. Then what the gate says, and what changes for a fixed set of
    batches.
    """
    from recycler.registry.gate import Limits
    from recycler.registry.reference_batches import REFERENCE_BATCHES
    from recycler.registry.version_comparison import compare_versions

    registry, limits = open_registry(models), Limits.of(settings_with())
    before, after = _candidate(registry, old), _candidate(registry, new)
    found = compare_versions(before, after, REFERENCE_BATCHES, limits)
    if wants_json(as_json):
        import orjson

        click.echo(orjson.dumps(_document(found), option=orjson.OPT_INDENT_2))
        return
    from recycler.cli.compare_versions_page import comparison_page
    from recycler.cli.terminal import output

    output().print(comparison_page(found))


def _document(found: "VersionComparison") -> dict[str, Any]:
    verdict = found.verdict
    return {
        "old": found.old,
        "new": found.new,
        "verdict": {"passed": verdict.passed, "findings": verdict.findings},
        "factors": found.factors,
        "batches": found.batches,
    }


def _candidate(registry: "Registry", name: str) -> "Candidate":
    from recycler.registry.version_comparison import Candidate

    version = registry.resolve(name)
    return Candidate(registry.evidence(version), registry.load(version).model)
