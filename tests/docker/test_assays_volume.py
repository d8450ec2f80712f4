"""Measured lots in a volume: they outlive the container that took them in."""

import json

import pytest
from containers import HARDENED, docker, running

from recycler.assays.schema import HEAD
from recycler.web.lots.schema import EXAMPLE

pytestmark = pytest.mark.docker


def test_lots_outlive_their_container(image: str, assays_volume: str) -> None:
    """Taken in by one container, read by another, with a service beside on the same volume."""
    recycler = ("run", "--rm", "--interactive", "--network=none", *HARDENED, assays_volume, image)
    with running(image, *HARDENED, assays_volume) as service:
        said = docker(*recycler, "assays", "import", "-", input=json.dumps(EXAMPLE))
        inside = service.run_inside("recycler", "assays", "export", "--json").stdout
    exported = docker(*recycler, "assays", "export", "--json")

    assert said == "1 lot added to SQLite database /data/assays.db, 0 unchanged."
    assert json.loads(exported)["lot_id"] == json.loads(inside)["lot_id"] == EXAMPLE["lot_id"]


def test_without_a_volume_named_there_is_one_all_the_same(image: str) -> None:
    """The image declares it, so that the read-only root filesystem keeps nobody from storing."""
    with running(image, *HARDENED) as service:
        migrated = service.run_inside("recycler", "assays", "migrate")

    assert migrated.stdout == f"SQLite database /data/assays.db is at migration {HEAD}.\n"
