"""GET /metrics: lines that were estimated, and writes of measured lots."""

from dataclasses import replace

import pytest
import web_samples
from lot_samples import GONE, lot_json
from prometheus_client.parser import text_string_to_metric_families

from recycler.settings import Settings
from recycler.web.views.estimates import EXAMPLE


def counts(client, metric: str) -> dict[tuple[str, ...], float]:
    """Values of the labels -> value, of every series of a metric that is not zero."""
    families = text_string_to_metric_families(client.get("/metrics").text)
    samples = [s for family in families for s in family.samples if s.name == metric]
    return {tuple(s.labels.values()): s.value for s in samples if s.value}


class AsksForMotors(web_samples.GramPerPiece):
    """Takes motors for something that nobody has measured."""

    def estimate(self, batch):
        """Predict by counting."""
        found = super().estimate(batch)
        items = [replace(item, in_domain=item.category != "motor") for item in found.items]
        return replace(found, items=tuple(items))


def test_lines_are_counted_by_category_and_apart_where_they_are_out_of_domain(client_of, settings):
    client = client_of(settings, web_samples.loaded(AsksForMotors()))
    twice = {**EXAMPLE, "items": EXAMPLE["items"] * 2}
    for body in (EXAMPLE, twice, {"items": []}, {"items": [{"category": "motor"}]}):
        client.post("/v1/estimates", json=body)
    client.post("/v1/route-comparisons", json=EXAMPLE)

    lines = {("phone",): 3, ("motor",): 3, ("magnet",): 3}
    assert counts(client, "recycler_lines_estimated_total") == lines
    assert counts(client, "recycler_lines_out_of_domain_total") == {("motor",): 3}


@pytest.fixture
def client(client_of, settings, tmp_path):
    """A client of a service with a database of its own."""
    own = replace(settings, database_url=f"sqlite:///{tmp_path}/assays.db")
    return client_of(own, web_samples.loaded())


def writes(client) -> dict[tuple[str, ...], float]:
    """(kind, outcome) -> writes."""
    return counts(client, "recycler_assay_writes_total")


def test_a_lot_that_is_stored_repeated_or_refused_is_counted_as_such(client):
    for key, body in (("k", lot_json()), ("k", lot_json()), ("other", lot_json()), ("bad", {})):
        client.post("/v1/assays", json=body, headers={"Idempotency-Key": key})

    expected = {("add", "done"): 1, ("add", "unchanged"): 1, ("add", "refused"): 1}
    assert writes(client) == expected, "what could not be read was not to be written"


def test_changes_of_a_lot_are_counted_by_what_came_of_them(client):
    path = client.post("/v1/assays", json=lot_json()).headers["Location"]
    client.post("/v1/assays", json=lot_json("b-1"))
    for version, lot in (("1", lot_json(nd=23)), ("2", lot_json(nd=23)), ("2", lot_json("b-1"))):
        client.put(path, json=lot, headers={"If-Match": f'"{version}"'})
    client.delete(path, query_string=GONE)
    client.delete(path, query_string=GONE)

    assert writes(client) == {
        ("add", "done"): 2,
        ("replace", "done"): 1,
        ("replace", "unchanged"): 1,
        ("replace", "refused"): 1,
        ("delete", "done"): 1,
        ("delete", "refused"): 1,
    }


def test_an_import_is_one_write(client):
    lots = b"lot_id,plant,date,method,category,mass_kg,sample_Nd\n"
    lots += b"a,north,2026-11-27,XRF,magnet,48.5,22.8\nb,north,2026-11-27,XRF,magnet,48.5,22.8\n"
    for _ in range(2):
        answer = client.post("/v1/assays/import", data=lots, content_type="text/csv")
        assert answer.status_code == 200, answer.text

    assert writes(client) == {("import", "done"): 1, ("import", "unchanged"): 1}


def test_a_write_that_the_database_does_not_take_is_counted_as_unavailable(client_of):
    gone = Settings(database_url="sqlite:////nonexistent/assays.db")
    client = client_of(gone, web_samples.loaded())

    assert client.post("/v1/assays", json=lot_json()).status_code == 503
    assert writes(client) == {("add", "unavailable"): 1}


def test_a_fault_of_ours_is_counted_as_failed(client, monkeypatch):
    def fail(*_arguments, **_options):
        raise ZeroDivisionError

    monkeypatch.setattr("recycler.assays.changes.add", fail)

    assert client.post("/v1/assays", json=lot_json()).status_code == 500
    assert writes(client) == {("add", "failed"): 1}


def test_writes_are_shown_before_there_is_one(client):
    families = text_string_to_metric_families(client.get("/metrics").text)
    (family,) = [family for family in families if family.name == "recycler_assay_writes"]

    assert len([s for s in family.samples if s.name.endswith("_total")]) == 4 * 5
