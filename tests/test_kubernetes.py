"""deploy/kubernetes: valid by Kubernetes' own schemas, and in step with the service."""

from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from recycler import __version__
from recycler.settings import Settings, describe
from recycler.web import openapi_document

FOLDER = Path(__file__).parents[1] / "deploy" / "kubernetes"
MANIFESTS = sorted(FOLDER.glob("*.yaml"))
KUBERNETES = ("1.30", "1.37")
"""The first version that knows how to sleep before stopping, and the last one of the schemas."""


def manifest(kind: str) -> dict[str, Any]:
    return yaml.safe_load((FOLDER / f"{kind}.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def pod() -> dict[str, Any]:
    return manifest("deployment")["spec"]["template"]["spec"]


@pytest.fixture
def container(pod) -> dict[str, Any]:
    [only] = pod["containers"]
    return only


@pytest.fixture
def settings() -> Settings:
    return Settings.from_environment(manifest("configmap")["data"])


@pytest.mark.parametrize("version", KUBERNETES)
@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.stem)
def test_a_manifest_is_valid_and_says_nothing_that_kubernetes_does_not_know(path, version):
    kubernetes_validate.validate(yaml.safe_load(path.read_text()), version, strict=True)


def test_a_word_that_kubernetes_does_not_know_would_be_found_out():
    wrong = manifest("service")
    wrong["spec"]["prots"] = []

    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, KUBERNETES[-1], strict=True)


def test_every_setting_that_is_made_is_one(container, settings):
    known = {variable for variable, _, _ in describe()}
    made = {*manifest("configmap")["data"], *(one["name"] for one in container["env"])}

    assert made <= known
    assert settings.workers == 2


def test_probes_ask_for_what_there_is(container):
    paths = openapi_document(Settings())["paths"]

    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"]["path"] in paths


def test_open_requests_get_their_time_before_a_copy_is_killed(pod, container, settings):
    pause = container["lifecycle"]["preStop"]["sleep"]["seconds"]

    assert pod["terminationGracePeriodSeconds"] > pause + settings.graceful_timeout_s


def test_the_service_finds_the_copies(container):
    service, deployment = manifest("service")["spec"], manifest("deployment")["spec"]
    [port] = service["ports"]

    assert service["selector"] == deployment["selector"]["matchLabels"]
    assert service["selector"].items() <= deployment["template"]["metadata"]["labels"].items()
    assert port["targetPort"] in {one["name"] for one in container["ports"]}


def test_nothing_may_be_written_or_gained(pod, container):
    own = container["securityContext"]

    assert pod["securityContext"]["runAsNonRoot"]
    assert own["readOnlyRootFilesystem"]
    assert not own["allowPrivilegeEscalation"]
    assert own["capabilities"] == {"drop": ["ALL"]}


def test_the_image_is_that_of_this_version(container):
    assert container["image"].endswith(f":{__version__}")
