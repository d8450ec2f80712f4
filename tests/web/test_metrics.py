"""GET /metrics: what was answered, by endpoint, in Prometheus' text format."""

import pytest
import web_samples
from prometheus_client.parser import text_string_to_metric_families

from recycler.web.views.estimates import EXAMPLE


@pytest.fixture
def fresh(client_of, settings):
    """A client of a service that has answered nothing yet."""
    return client_of(settings, web_samples.loaded())


def samples(client) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """(name, labels) -> value of everything that is shown."""
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {
        (s.name, frozenset(s.labels.items())): s.value
        for family in families
        for s in family.samples
    }


def requests(client) -> dict[tuple[str, str, str], float]:
    """(endpoint, method, status) -> requests."""
    return {
        tuple(dict(labels)[name] for name in ("endpoint", "method", "status")): value
        for (name, labels), value in samples(client).items()
        if name == "recycler_requests_total"
    }


def test_it_is_text_as_prometheus_reads_it(fresh):
    answer = fresh.get("/metrics")

    assert answer.status_code == 200
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    assert fresh.head("/metrics").data == b""
    assert ("recycler_workers", frozenset()) in samples(fresh)


def test_requests_are_counted_by_route_method_and_status(fresh):
    for _ in range(3):
        fresh.post("/v1/estimates", json=EXAMPLE)
    fresh.post("/v1/estimates", json={})
    fresh.get("/v1/sources/vannielen2020")
    fresh.get("/v1/sources/nobody")

    assert requests(fresh) == {
        ("/v1/estimates", "POST", "200"): 3,
        ("/v1/estimates", "POST", "422"): 1,
        ("/v1/sources/{source_id}", "GET", "200"): 1,
        ("/v1/sources/{source_id}", "GET", "404"): 1,
    }


def test_no_sender_can_make_up_new_labels(fresh):
    for path in ("/nope", "/v1/estimates/x", "/%00", "/v1/estimates?a=b"):
        fresh.open(path, method="BREW")
        fresh.get(path)

    assert {endpoint for endpoint, _, _ in requests(fresh)} == {"none"}
    assert {method for _, method, _ in requests(fresh)} == {"other", "GET"}


def test_a_failure_of_ours_is_counted_as_500(client_of, settings, caplog):
    class Broken(web_samples.GramPerPiece):
        def estimate(self, batch):
            raise ZeroDivisionError(batch)

    client = client_of(settings, web_samples.loaded(Broken()))
    client.post("/v1/estimates", json=EXAMPLE)

    assert requests(client) == {("/v1/estimates", "POST", "500"): 1}
    assert "ZeroDivisionError" in caplog.text


def test_durations_add_up_to_the_requests_of_an_endpoint(fresh):
    for _ in range(4):
        fresh.get("/v1/routes")
    found = samples(fresh)
    routes = ("endpoint", "/v1/routes")

    counted = found["recycler_request_duration_seconds_count", frozenset({routes})]
    below_10_s = ("recycler_request_duration_seconds_bucket", frozenset({routes, ("le", "10.0")}))
    assert counted == found[below_10_s] == 4
    assert 0 < found["recycler_request_duration_seconds_sum", frozenset({routes})] < 10


def test_every_application_counts_for_itself(client_of, settings):
    first, second = (client_of(settings, web_samples.loaded()) for _ in range(2))
    first.get("/livez")

    assert requests(first) == {("/livez", "GET", "200"): 1}
    assert ("/livez", "GET", "200") not in requests(second)


def test_the_version_that_answers_is_shown(fresh):
    served = ("recycler_model_workers", frozenset({("version", web_samples.VERSION)}))

    assert samples(fresh)[served] == 1
