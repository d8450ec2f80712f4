"""Models in a volume: the container fits there, and serves from there what it promotes."""

import pytest
from containers import HARDENED, OPEN, Service, docker, running

from recycler.web.views.estimates import EXAMPLE

pytestmark = pytest.mark.docker

FIT = """
from pathlib import Path

from recycler.model.factors.priors import Priors
from recycler.model.recovery import RecoveryModel
from recycler.reference import load_tables
from recycler.registry import Registry

registry, tables = Registry(Path("/models")), load_tables()
shipped = registry.manifest()
priors = {name: found["value"] for name, found in shipped.scores["priors"].items()}
registry.write(
    RecoveryModel(seed=shipped.seed, priors=Priors(**priors)).fit(tables),
    version="retrained",
    data_digest=tables.digest,
    rows=shipped.rows,
    seed=shipped.seed,
    scores=shipped.scores,
    card="# Fitted in a container",
    golden_batch=shipped.golden.batch,
)
"""
"""What training does after an evaluation, which test_training_on_lots.py has in a container."""


def test_a_model_fitted_in_the_container_is_served_from_the_volume(
    image: str, models_volume: str, service: Service
) -> None:
    """Without network or rights it fits beside the image's champion, with the same outcome."""
    one_shot = ("run", "--rm", "--network=none", *HARDENED, models_volume)
    docker(*one_shot, "--entrypoint=python", image, "-c", FIT)
    docker(*one_shot, image, "models", "promote", "retrained", "--why", "the same data and seed")
    shipped = service.post("/v1/estimates", EXAMPLE).document

    with running(image, *HARDENED, OPEN, models_volume) as retrained:
        versions = {model["version"] for model in retrained.get("/v1/models").document["models"]}
        answer = retrained.post("/v1/estimates", EXAMPLE).document

    assert versions == {"retrained", shipped["model"]["version"]}
    assert answer["model"]["version"] == "retrained"
    assert neodymium_kg(answer) == pytest.approx(neodymium_kg(shipped), rel=1e-4)


def neodymium_kg(answer: dict) -> float:
    """Mean of the neodymium contained in the batch."""
    return answer["totals"]["elements"][0]["contained_kg"]["mean"]
