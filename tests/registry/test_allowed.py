"""The allow-list against the model that is really served."""

from pathlib import Path

import pytest

from recycler.registry import Registry, safe_load
from recycler.registry.allowed import ALLOWED

MODELS = Path(__file__).parents[2] / "models"


@pytest.fixture(scope="module")
def champion() -> bytes:
    """The artefact of the champion in this repository."""
    version = Registry(MODELS).resolve("champion")
    return (MODELS / version / "model.joblib").read_bytes()


def test_the_champion_passes_every_check():
    assert all(check.passed for check in Registry(MODELS).verify("champion"))


@pytest.mark.parametrize("name", ALLOWED, ids=".".join)
def test_the_table_holds_nothing_that_the_champion_does_not_need(champion, name):
    """Without any one of its lines the champion is refused, for that name."""
    others = {other: kind for other, kind in ALLOWED.items() if other != name}
    with pytest.raises(ValueError, match=f"it names {'.'.join(name)}, which is not on"):
        safe_load.load(champion, others)
