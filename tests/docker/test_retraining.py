"""Models in a volume: the container trains there and serves from there."""

import pytest
from containers import HARDENED, OPEN, Service, docker, running

from recycler.web.views.estimates import EXAMPLE

pytestmark = pytest.mark.docker


def test_a_model_trained_in_the_container_is_served_from_the_volume(
    image: str, models_volume: str, service: Service
) -> None:
    """Without network or rights it trains beside the image's champion, with the same outcome."""
    recycler = ("run", "--rm", "--network=none", *HARDENED, models_volume, image)
    docker(*recycler, "train", "--version", "retrained")
    docker(*recycler, "models", "promote", "retrained", "--why", "the same data and seed")
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
