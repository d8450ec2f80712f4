"""GET /v1/monitoring, and the lines that serving processes count for it."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from http.client import HTTPConnection

import pytest
import web_samples
from served import served
from test_problems import check_problem

from recycler.assays import AssayStore, IntakeStore
from recycler.batch import LineItem
from recycler.intake import IntakeCount
from recycler.lot import Measure, MeasuredLot, Outcome
from recycler.registry import ArtefactError
from recycler.settings import Settings
from recycler.web.views.estimates import EXAMPLE
from recycler.web.views.monitoring import KeptDocuments


class HalfAGram(web_samples.GramPerPiece):
    """Predicts 0.4 to 0.6 g of magnet for everything, evenly, with half at 0.5 g."""

    def outcomes(self, lots):
        """One figure of each lot."""
        return [
            Outcome(
                lot_id=lot.lot_id,
                plant=lot.plant,
                measured_on=lot.measured_on,
                category=lot.line.category,
                subtype=None,
                measure=Measure.MAGNET_MASS,
                element="",
                measured=lot.magnet_mass_g,
                median=0.5,
                bounds=((0.45, 0.55), (0.42, 0.58), (0.41, 0.59)),
                below=min(max((lot.magnet_mass_g - 0.4) / 0.2, 0.0), 1.0),
            )
            for lot in lots
        ]


def lot(number: int, plant: str = "own", mass_g: float = 0.5) -> MeasuredLot:
    return MeasuredLot(
        f"lot-{number:03}",
        plant,
        date(2026, 1, 1) + timedelta(days=number),
        "scales",
        LineItem("phone", count=10),
        magnet_mass_g=mass_g,
    )


@pytest.fixture
def settings(tmp_path):
    """A database of the test's own."""
    return Settings(models=tmp_path, database_url=f"sqlite:///{tmp_path / 'assays.db'}")


@pytest.fixture
def store(settings):
    """The lots in it."""
    opened = AssayStore(settings.database_url, timeout_s=5)
    yield opened
    opened.close()


@pytest.fixture
def get(client_of, settings):
    """Asks a service that has just started."""

    def get(query: str = ""):
        return client_of(settings, web_samples.loaded(HalfAGram())).get(f"/v1/monitoring{query}")

    return get


def test_without_lots_it_says_that_there_are_none(get):
    answer = get()

    assert answer.status_code == 200
    assert answer.headers["Model-Version"] == answer.json["version"] == web_samples.VERSION
    assert answer.json["verdict"]["decision"] == "too_few_lots"
    assert (answer.json["coverage"], answer.json["pit"]) == ([], None)
    assert answer.json["intake"]["recent_lines"] == 0


def test_lots_are_held_against_the_champion(get, store):
    store.add_all(lot(n, mass_g=0.405 if n % 2 else 0.5) for n in range(40))
    found = get().json

    assert found["lots"] == {
        "stored": 40,
        "quarantined": 0,
        "unseen": 40,
        "judged": 40,
        "enough": 30,
    }
    assert found["coverage"][0]["levels"][2]["inside"] == 0.5
    assert found["verdict"]["decision"] == "retrain"
    assert {f["code"] for f in found["verdict"]["findings"]} >= {"new_lots", "coverage"}


def test_plant_and_since_narrow_it_down(get, store):
    store.add_all([*(lot(n) for n in range(20)), *(lot(n, "Lyon") for n in range(7))])

    assert get("?plant=Lyon").json["lots"]["judged"] == 7
    assert get("?plant=Lyon&since=2026-01-03").json["lots"]["judged"] == 5
    assert get("?since=2026-01-03").json["since"] == "2026-01-03"


def test_lots_set_aside_and_deleted_ones_are_not_judged(get, store):
    made = [store.add(lot(n))[0] for n in range(12)]
    store.set_quarantine({made[0].assay_id: "mistyped"}, by="test")
    store.delete(made[1].assay_id, who="test", why="twice")
    lots = get().json["lots"]

    assert (lots["stored"], lots["quarantined"], lots["judged"]) == (11, 1, 10)


@pytest.mark.parametrize(
    ("query", "pointer", "said"),
    [
        ("?plnt=own", "/plnt", "did you mean plant?"),
        ("?since=yesterday", "/since", "a day such as 2026-11-27"),
        ("?since=", "/since", "a day such as 2026-11-27"),
        ("?since=20260331", "/since", "a day such as 2026-11-27"),
        ("?since=2026-W05-1", "/since", "a day such as 2026-11-27"),
        ("?plant=", "/plant", "1 to 128 characters"),
        ("?plant=" + "x" * 129, "/plant", "1 to 128 characters"),
        ("?plant=a&plant=b", "/plant", "stands 2 times"),
    ],
)
def test_a_query_that_means_nothing_is_422_and_names_the_parameter(get, query, pointer, said):
    problem = check_problem(get(query), 422)

    assert problem["type"] == "urn:problem-type:recycler:invalid-query"
    assert [pointer] == [error["pointer"] for error in problem["errors"]]
    assert said in problem["errors"][0]["message"]


def test_a_database_that_is_gone_is_503_and_says_when_to_come_back(client_of, settings):
    gone = replace(settings, database_url="sqlite:////nonexistent/assays.db", retry_after_s=7)
    answer = client_of(gone, web_samples.loaded()).get("/v1/monitoring")

    problem = check_problem(answer, 503)
    assert problem["type"] == "urn:problem-type:recycler:database-unavailable"
    assert answer.headers["Retry-After"] == "7"
    assert "/nonexistent" not in answer.text


def test_without_a_champion_it_is_503(client_of, settings):
    answer = client_of(settings).get("/v1/monitoring")

    assert check_problem(answer, 503)["type"] == "urn:problem-type:recycler:not-ready"


class Looks:
    """A watch that counts how often it looks, and takes its time; it refuses if it is told to."""

    def __init__(self, clock: list[float], takes_s: float) -> None:
        self.clock, self.takes_s = clock, takes_s
        self.count = 0
        self.refusal = ""

    def look(self, _model, _registry, asked):
        """Look."""
        if self.refusal:
            raise ArtefactError(self.refusal)
        self.count += 1
        self.clock[0] += self.takes_s
        return {"looked": self.count, "plant": asked.plant}


@pytest.mark.parametrize(("takes_s", "kept_s"), [(0.1, 10), (3, 30)])
def test_a_document_is_kept_ten_times_as_long_as_it_took(takes_s, kept_s):
    clock = [1000.0]
    looks = Looks(clock, takes_s)
    kept = KeptDocuments(looks, lambda: None, lambda: clock[0])
    model, asked = web_samples.loaded(), web_asked()

    first = kept.document(model, asked)
    clock[0] += kept_s - 0.5
    again = kept.document(model, asked)
    clock[0] += 1
    later = kept.document(model, asked)

    assert (first, again) == (b'{"looked":1,"plant":null}',) * 2
    assert later == b'{"looked":2,"plant":null}'


def test_documents_on_something_else_are_others():
    looks = Looks([0.0], 1)
    kept = KeptDocuments(looks, lambda: None, lambda: looks.clock[0])

    documents = [kept.document(web_samples.loaded(), web_asked(plant)) for plant in ("a", "b", "a")]

    assert documents[0] == documents[2] != documents[1]
    assert looks.count == 2


def web_asked(plant: str | None = None):
    from recycler.monitoring import Asked

    return Asked(plant, None, date(2026, 11, 27))


def test_serving_processes_count_lines_and_write_them_when_they_end(tmp_path, store, settings):
    """Two real workers, ended by SIGTERM before the first flush is due."""
    store.migrate()
    with served(tmp_path, settings.database_url, intake_flush_s=3600) as (port, _):
        statuses = {_post(port, json.dumps(EXAMPLE)) for _ in range(20)}
    intake = IntakeStore(settings.database_url, timeout_s=5)
    today = datetime.now(UTC).date() - timedelta(days=1)

    assert statuses == {200}
    assert _by_category(intake.counts(today)) == {
        "phone": (20, 24_000),
        "motor": (20, 700),
        "magnet": (20, 0),
    }
    intake.close()


def _by_category(counts: tuple[IntakeCount, ...]) -> dict[str, tuple[int, int]]:
    return {count.kind.category: (count.lines, count.pieces) for count in counts}


def _post(port: int, body: str) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("POST", "/v1/estimates", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()
