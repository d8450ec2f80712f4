"""A promotion is followed look by look: taken whole, or refused while the old model answers."""

import json
import logging
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import web_samples

from recycler.registry import ArtefactError, LoadedModel, Registry
from recycler.registry.allowed import Kind
from recycler.settings import Settings
from recycler.web.app import assemble
from recycler.web.process.champion import Champion
from recycler.web.process.metrics import Metrics
from recycler.web.process.promotions import AFRESH_S, Follower
from recycler.web.views.estimates import EXAMPLE

OLD, NEW = "sample-1", "sample-2"
ALLOWED = {("web_samples", "GramPerPiece"): Kind.OBJECT}


class Stranger(web_samples.GramPerPiece):
    """A class that is on the allow-list of whoever wrote the version, not on the service's."""


@dataclass
class Service:
    """A service whose looks and whose clock are in the test's hands."""

    registry: Registry
    now_s: float = 0.0
    loads: list[str] = field(default_factory=list)
    hidden: bool = False

    def __post_init__(self) -> None:
        self.champion, metrics = Champion(None), Metrics()
        self._follower = Follower(self.champion, self._open, metrics, lambda: self.now_s)
        app = assemble(Settings(models=self.registry.root), self.champion, metrics)
        self.client = app.test_client()

    def look(self, *, after_s: float = 0.5) -> bool:
        """Let time pass, then look once."""
        self.now_s += after_s
        return self._follower.look()

    def answers(self) -> tuple[str, float]:
        """Version and neodymium, in kg, of an estimate of one piece."""
        answer = self.client.post("/v1/estimates", json={"items": [{**PHONE, "count": 1}]})
        assert answer.status_code == 200
        assert answer.headers["Model-Version"] == answer.json["model"]["version"]
        totals = answer.json["totals"]["elements"][0]
        return answer.json["model"]["version"], totals["contained_kg"]["mean"]

    def checks(self) -> dict[str, tuple[bool, str]]:
        """What /readyz lists, which must be 200."""
        answer = self.client.get("/readyz")
        assert (answer.status_code, answer.json["status"]) == (200, "ready")
        return {
            check["check"]: (check["passed"], check["detail"]) for check in answer.json["checks"]
        }

    def metrics(self) -> set[str]:
        """The lines of /metrics."""
        return set(self.client.get("/metrics").text.splitlines())

    def _open(self) -> Registry:
        if self.hidden:
            raise ArtefactError("the models folder cannot be looked for")
        registry = Registry(self.registry.root, allowed=ALLOWED)
        load = registry.load

        def counted(name: str) -> LoadedModel:
            self.loads.append(name)
            return load(name)

        registry.load = counted
        return registry


PHONE = {"category": "phone"}
ANSWERS = {OLD: (OLD, 0.001), NEW: (NEW, 0.002)}


def write(registry: Registry, version: str, model: web_samples.GramPerPiece) -> None:
    """Add a version."""
    registry.write(
        model,
        version=version,
        data_digest="d" * 64,
        rows={"element_content": 3},
        seed=7,
        scores={},
        card=f"# {version}\n",
        golden_batch=web_samples.GOLDEN,
        further={"card.html": f"<title>{version}</title>".encode()},
    )


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    """One gram per piece is champion, two grams per piece are not."""
    registry = Registry(tmp_path, allowed=ALLOWED | {(__name__, "Stranger"): Kind.OBJECT})
    write(registry, OLD, web_samples.GramPerPiece())
    heavier = web_samples.GramPerPiece()
    heavier.kg_per_piece = 0.002
    write(registry, NEW, heavier)
    promote(registry, OLD)
    return registry


def promote(registry: Registry, version: str) -> None:
    """Make a version champion."""
    registry.promote(version, who="tests", why="to be served")


@pytest.fixture
def service(registry: Registry) -> Service:
    """A service that has taken the champion."""
    service = Service(registry)
    assert service.look()
    return service


def test_a_promotion_and_its_way_back_are_taken_at_the_next_look(service, registry):
    for version in (NEW, OLD, NEW):
        promote(registry, version)
        assert service.answers() != ANSWERS[version]
        assert service.look()
        assert service.answers() == ANSWERS[version]


def test_every_answer_that_names_a_version_names_the_new_one(service, registry):
    promote(registry, NEW)
    service.look()

    for path in ("/v1/estimates", "/v1/route-comparisons"):
        answer = service.client.post(path, json=EXAMPLE)
        assert (answer.headers["Model-Version"], answer.json["model"]["version"]) == (NEW, NEW)
    shown, card = service.client.get("/v1/model"), service.client.get("/v1/model/card")
    assert shown.headers["Model-Version"] == shown.json["version"] == NEW
    assert (shown.json["card"], card.text) == (f"# {NEW}\n", f"<title>{NEW}</title>")
    assert service.checks()["champion"] == (True, NEW)
    assert service.client.get("/v1/models").json["models"][1]["aliases"] == ["champion"]


def test_a_request_under_way_is_answered_by_the_model_it_began_with(service, registry):
    new = registry.load(NEW)

    class SwappedMeanwhile(web_samples.GramPerPiece):
        def estimate(self, batch):
            service.champion.take(new)
            return super().estimate(batch)

    service.champion.take(web_samples.loaded(SwappedMeanwhile()))

    assert service.answers() == ANSWERS[OLD]
    assert service.answers() == ANSWERS[NEW]


def test_looks_read_nothing_while_nothing_changes(service, monkeypatch):
    read = []
    monkeypatch.setattr(Registry, "aliases", lambda _: read.append(1))

    assert not any(service.look() for _ in range(20))
    assert not read


def test_a_challenger_changes_nothing(service, registry):
    registry.promote(NEW, who="tests", why="to be compared", alias="challenger")

    assert not service.look()
    assert service.answers() == ANSWERS[OLD]


def test_a_deleted_folder_does_not_disturb_the_model_that_was_loaded_from_it(service, registry):
    shutil.rmtree(registry.root / OLD)

    assert not any(service.look(after_s=AFRESH_S) for _ in range(3))
    assert service.answers() == ANSWERS[OLD]
    assert service.checks()["promotion"] == (True, "none is refused")


def damage_artefact(root: Path) -> None:
    path = root / NEW / "model.joblib"
    path.write_bytes(path.read_bytes()[:-1])


def change_a_golden_figure(root: Path) -> None:
    path = root / NEW / "manifest.json"
    manifest = json.loads(path.read_text())
    figures = manifest["golden"]["figures"]
    figures[next(iter(figures))] *= 1.001
    path.write_text(json.dumps(manifest))


def put_a_folder_in_place_of_the_table(root: Path) -> None:
    (root / "registry.json").unlink()
    (root / "registry.json").mkdir()


def halve_the_table(root: Path) -> None:
    path = root / "registry.json"
    path.write_bytes(path.read_bytes()[:100])


DAMAGES = {
    "an artefact cut off": (damage_artefact, NEW, "SHA-256"),
    "another golden estimate": (change_a_golden_figure, NEW, "golden estimate is not reproduced"),
    "a file too many": (lambda root: (root / NEW / "more").touch(), NEW, "'more' is not listed"),
    "no manifest": (lambda root: (root / NEW / "manifest.json").unlink(), NEW, "no version"),
    "no folder": (lambda root: shutil.rmtree(root / NEW), NEW, "no version"),
    "half a table": (halve_the_table, "", "not valid JSON"),
    "no table": (lambda root: (root / "registry.json").unlink(), "", "it is missing"),
    "an unreadable table": (put_a_folder_in_place_of_the_table, "", "registry.json"),
    "no models folder": (shutil.rmtree, "", "is champion"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_cannot_be_used_is_refused_and_the_old_model_answers(
    service, registry, caplog, damage
):
    """It is ready all the same, says what it refused in /readyz and /metrics, and logs it once."""
    break_it, version, reason = DAMAGES[damage]
    promote(registry, NEW)
    break_it(registry.root)
    with caplog.at_level(logging.ERROR):
        assert not any(service.look(after_s=AFRESH_S) for _ in range(3))

    assert service.answers() == ANSWERS[OLD]
    passed, detail = service.checks()["promotion"]
    assert not passed
    assert reason in detail
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert reason in caplog.text
    assert {
        f'recycler_promotion_refused_workers{{version="{version}"}} 1.0',
        "recycler_promotions_refused_total 1.0",
        f'recycler_model_workers{{version="{OLD}"}} 1.0',
    } <= service.metrics()


def test_a_models_folder_that_is_away_for_a_while_is_taken_up_again_at_once(service):
    service.hidden = True
    assert not service.look()
    assert service.answers() == ANSWERS[OLD]
    assert "looked for" in service.checks()["promotion"][1]
    assert 'recycler_promotion_refused_workers{version=""} 1.0' in service.metrics()

    service.hidden = False
    assert not service.look()
    assert_nothing_is_refused(service)


def test_a_class_that_is_not_allowed_is_refused(service, registry):
    write(registry, "sample-3", Stranger())
    promote(registry, "sample-3")

    assert not service.look()
    assert service.answers() == ANSWERS[OLD]
    assert "Stranger" in service.checks()["promotion"][1]


def refuse_new(service: Service, registry: Registry) -> Callable[[], None]:
    """Promote a version whose artefact is damaged; gives what repairs it."""
    path = registry.root / NEW / "model.joblib"
    good = path.read_bytes()
    promote(registry, NEW)
    damage_artefact(registry.root)
    assert not service.look()
    return lambda: path.write_bytes(good)


def assert_nothing_is_refused(service: Service) -> None:
    """Neither /readyz nor /metrics speak of a refusal that lasts."""
    assert service.checks()["promotion"] == (True, "none is refused")
    assert not any("refused_workers{" in line for line in service.metrics())


def test_a_refused_version_is_not_loaded_again_while_nothing_changes(service, registry):
    refuse_new(service, registry)
    loaded = len(service.loads)

    assert not any(service.look(after_s=0.5) for _ in range(50))
    assert len(service.loads) == loaded


def test_a_refused_version_is_tried_again_when_its_manifest_changes(service, registry):
    refuse_new(service, registry)()
    assert not service.look(after_s=0.5)
    (registry.root / NEW / "manifest.json").touch()

    assert service.look(after_s=0.5)
    assert service.answers() == ANSWERS[NEW]
    assert_nothing_is_refused(service)


def test_a_refused_version_is_tried_again_when_the_table_changes(service, registry):
    refuse_new(service, registry)()
    (registry.root / "registry.json").touch()

    assert service.look(after_s=0.5)
    assert service.answers() == ANSWERS[NEW]


def test_a_refused_version_is_tried_again_after_a_while(service, registry):
    refuse_new(service, registry)()

    assert service.look(after_s=AFRESH_S)
    assert service.answers() == ANSWERS[NEW]


def test_a_refusal_ends_with_the_way_back_to_what_answers(service, registry):
    refuse_new(service, registry)
    promote(registry, OLD)

    assert not service.look()
    assert service.answers() == ANSWERS[OLD]
    assert_nothing_is_refused(service)


def test_only_the_latest_refusal_is_shown(service, registry):
    write(registry, "sample-3", Stranger())
    refuse_new(service, registry)
    promote(registry, "sample-3")
    service.look()

    shown = [line for line in service.metrics() if "refused_workers{" in line]
    assert shown == ['recycler_promotion_refused_workers{version="sample-3"} 1.0']
    assert "recycler_promotions_refused_total 2.0" in service.metrics()


def test_a_service_that_starts_without_a_champion_is_healed_by_a_promotion(tmp_path):
    registry = Registry(tmp_path, allowed=ALLOWED)
    service = Service(registry)
    assert not service.look()
    told = service.client.get("/readyz")
    assert told.status_code == 503
    failed = [check["check"] for check in told.json["checks"] if not check["passed"]]
    assert failed == ["champion", "golden estimate"]
    assert service.client.post("/v1/estimates", json=EXAMPLE).status_code == 503

    write(registry, OLD, web_samples.GramPerPiece())
    promote(registry, OLD)

    assert service.look()
    assert service.answers() == ANSWERS[OLD]
    assert_nothing_is_refused(service)


def test_swaps_are_counted(service, registry):
    assert "recycler_model_swaps_total 0.0" in service.metrics()
    for version in (NEW, OLD):
        promote(registry, version)
        service.look()

    served = [line for line in service.metrics() if line.startswith("recycler_model_workers{")]
    assert served == [f'recycler_model_workers{{version="{OLD}"}} 1.0']
    assert "recycler_model_swaps_total 2.0" in service.metrics()
