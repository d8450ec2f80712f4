"""Versions of a model that differ in what is told of it."""

from typing import Any

from recycler.registry import LoadedModel, Registry


def write_again(registry: Registry, made: LoadedModel, version: str, **told: Any) -> None:
    """Add a loaded model under another name, with a card of one word; `told` replaces the rest."""
    known = made.manifest
    described: dict[str, Any] = {
        "data_digest": known.data_digest,
        "rows": known.rows,
        "seed": known.seed,
        "scores": known.scores,
        "card": "# Card\n",
        "golden_batch": known.golden.batch,
    }
    registry.write(made.model, version=version, **(described | told))
