"""How much one sender may ask for, and who one sender is."""

import json
import logging
from dataclasses import dataclass

import pytest
import web_samples
from keyed import key_for
from limits import parse
from limits.errors import StorageError

from recycler.keys import Scope
from recycler.settings import Settings, SettingsError
from recycler.web.problems import RateLimitError
from recycler.web.process import window_counts
from recycler.web.process.rate_limits import PAUSE_S, RateLimits, _store, rate_limits, words_of
from recycler.web.process.window_counts import WindowCounts
from recycler.web.views.estimates import EXAMPLE
from recycler.web.views.limiting import _subscriber


@pytest.fixture
def limited(client_of, settings, tmp_path):
    """Builds a client of a service with the given rate limits."""

    def limited(**limits):
        here = {"models": tmp_path, "database_url": settings.database_url}
        told = {**here, "anonymous": "yes", **limits}
        return client_of(Settings(**told), web_samples.loaded())

    return limited


@dataclass
class Clock:
    """A clock that stands still unless a test moves it."""

    monotonic_s: float = 1000.0
    time_s: float = 1e9

    def monotonic(self):
        """Seconds since some moment."""
        return self.monotonic_s

    def time(self):
        """Seconds since 1970."""
        return self.time_s


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(window_counts, "time", clock)
    monkeypatch.setattr("recycler.web.process.rate_limits.time", clock)
    return clock


def send(client, path="/v1/routes", address="203.0.113.7"):
    return client.get(path, environ_base={"REMOTE_ADDR": address})


def test_a_sender_that_asks_too_often_is_told_when_to_go_on(limited):
    client = limited(rate_limit="2 per hour")
    first, second, third = (send(client) for _ in range(3))

    assert (first.status_code, second.status_code, third.status_code) == (200, 200, 429)
    assert third.content_type == "application/problem+json"
    assert third.json["type"] == "urn:problem-type:recycler:rate-limit"
    wait_s = int(third.headers["Retry-After"])
    assert 3590 < wait_s <= 3600
    assert third.json["detail"] == (
        f"One sender may ask for 2 requests in 3600 s; go on in {wait_s} s."
    )
    assert third.headers["RateLimit-Policy"] == '"requests";q=2;w=3600'
    assert third.headers["RateLimit"] == f'"requests";r=0;t={wait_s}'


def test_another_sender_is_not_made_to_wait(limited):
    client = limited(rate_limit="1 per hour")

    answers = [send(client, address=address) for address in ("203.0.113.7", "203.0.113.8")]

    assert [answer.status_code for answer in answers] == [200, 200]


def test_the_next_window_begins_anew(limited, clock):
    client = limited(rate_limit="1 per hour")

    assert [send(client).status_code for _ in range(2)] == [200, 429]
    clock.monotonic_s += 3600
    assert send(client).status_code == 200


def test_a_wall_clock_that_jumps_makes_nobody_wait_longer(limited, clock):
    client = limited(rate_limit="1 per hour")
    send(client)
    clock.time_s -= 10 * 86_400
    refused = send(client)
    clock.monotonic_s += 3600

    assert refused.headers["Retry-After"] == "3600"
    assert send(client).status_code == 200


def test_probes_are_answered_to_a_sender_that_asked_too_often(limited):
    client = limited(rate_limit="1 per hour")
    assert [send(client).status_code for _ in range(2)] == [200, 429]

    assert [send(client, path).status_code for path in ("/livez", "/readyz")] == [200, 200]


@pytest.mark.parametrize("path", ["/nothing", "/openapi.json", "/metrics", "/livez/"])
def test_everything_else_is_counted_also_what_there_is_not(limited, path):
    client = limited(rate_limit="1 per hour")
    send(client, path)

    assert send(client, path).status_code == 429


def test_the_holder_of_a_key_is_counted_by_the_key_wherever_it_is_used(limited, settings):
    first, second = (key_for(settings, Scope.ESTIMATE) for _ in range(2))
    client = limited(rate_limit="1 per hour")

    sent = [("203.0.113.7", first), ("203.0.113.8", first), ("203.0.113.7", second)]
    answers = [
        client.get("/v1/routes", environ_base={"REMOTE_ADDR": address}, headers={"X-API-Key": key})
        for address, key in sent
    ]

    assert [answer.status_code for answer in answers] == [200, 429, 200]


PLAIN = {"category": "phone", "count": 1}
DECLARED = {"category": "magnet", "count": 1, "magnet": {"composition": {"Nd": 22}}}
ASSAYED = {"category": "magnet", "count": 1, "assay": {"samples": [{"Nd": 22}]}}


def test_whoever_is_kept_out_is_counted_by_address(limited):
    client = limited(rate_limit="2 per hour", anonymous="no")
    wrong = {"Authorization": "Bearer rcy_guess_guess"}
    statuses = [client.get("/v1/routes", headers=wrong).status_code for _ in range(4)]
    assert statuses == [401, 401, 429, 429]

    elsewhere = {"REMOTE_ADDR": "198.51.100.4"}
    assert client.get("/v1/routes", environ_base=elsewhere).status_code == 401
    assert client.get("/livez").status_code == 200


@pytest.mark.parametrize(
    ("path", "items", "worth"),
    [
        ("/v1/estimates", [PLAIN] * 3, 3),
        ("/v1/route-comparisons", [PLAIN] * 3, 3),
        ("/v1/estimates", [PLAIN, DECLARED, ASSAYED], 41),
        ("/v1/sampling-plans", [PLAIN] * 3, 30),
        ("/v1/sampling-plans", [ASSAYED], 200),
    ],
)
def test_lines_are_counted_beside_requests_by_what_they_take(limited, path, items, worth):
    client = limited(rate_limit_lines=f"{2 * worth - 1} per hour")
    document = {"items": items}
    if path == "/v1/sampling-plans":
        document = {"batch": document, "element": "Nd", "relative_half_width": 0.4}

    answers = [client.post(path, json=document) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 429]
    assert answers[1].headers["RateLimit-Policy"] == f'"lines";q={2 * worth - 1};w=3600'


def test_a_batch_that_is_over_the_limit_by_itself_is_not_asked_to_wait(limited):
    client = limited(rate_limit_lines="2 per hour")

    answer = client.post("/v1/estimates", json=EXAMPLE)

    assert answer.json["detail"] == (
        "One sender may ask for 2 lines in 3600 s; send fewer at once."
    )


def test_none_counts_nothing(limited):
    client = limited(rate_limit="", rate_limit_lines="")

    assert {send(client).status_code for _ in range(50)} == {200}


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::9", "2001:db8:1:2::"),
        ("2001:db8:1:3::9", "2001:db8:1:3::"),
        ("not an address", "unknown"),
    ],
)
def test_a_subscriber_is_one_sender_whatever_address_of_its_network_it_takes(address, counted):
    assert _subscriber(address) == counted


def test_memory_counts_by_key_until_the_window_ends(clock):
    counts = WindowCounts()

    assert [counts.incr("a", 9), counts.incr("a", 9, 4), counts.incr("b", 9)] == [1, 5, 1]
    assert counts.get("a") == 5
    clock.monotonic_s += 9
    assert counts.get("a") == 0
    assert counts.incr("a", 9) == 1


def test_a_flood_of_senders_takes_bounded_memory_and_forgets_the_oldest_first():
    counts = WindowCounts(most=100)
    for sender in range(1000):
        counts.incr(str(sender), 60)

    assert counts.reset() <= 101


def test_senders_that_went_away_are_forgotten():
    counts = WindowCounts()
    for sender in range(20):
        counts.incr(str(sender), 0)
    for _ in range(20):
        counts.incr("another", 0)

    assert counts.reset() <= 2


def test_a_window_ends_when_it_says(clock):
    counts = WindowCounts()
    counts.incr("a", 60)

    assert counts.get_expiry("a") == clock.time_s + 60
    assert counts.get_expiry("b") == clock.time_s


class _Broken(WindowCounts):
    """A store that can be switched off."""

    works, asked = True, 0

    def incr(self, key, expiry, amount=1):
        self.asked += 1
        if not self.works:
            raise StorageError(ConnectionError("redis://:geheim@host is away"))
        return super().incr(key, expiry, amount)


def test_without_its_store_every_worker_counts_alone_until_it_is_back(clock, caplog):
    caplog.set_level(logging.WARNING)
    store = _Broken()
    limits = RateLimits(parse("1 per hour"), None, store)
    limits.take("requests", "a")
    store.works = False

    limits.take("requests", "a")  # by this worker's own count it is the first
    with pytest.raises(RateLimitError):
        limits.take("requests", "a")
    store.works = True
    clock.monotonic_s += PAUSE_S
    with pytest.raises(RateLimitError):
        limits.take("requests", "a")
    limits.take("requests", "b")

    said = [record.getMessage() for record in caplog.records]
    assert said == [
        "The store of the rate limits fails (ConnectionError); each worker counts alone",
        "The store of the rate limits is back; all workers count together",
    ]


def test_a_store_that_is_away_is_left_alone_for_a_while():
    store = _Broken()
    store.works = False
    limits = RateLimits(parse("100 per hour"), None, store)
    for _ in range(20):
        limits.take("requests", "a")

    assert store.asked == 1


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (
            {},
            (
                "for each sender 6000 requests per minute and 30000 lines per minute, "
                "counted by each of 2 workers for itself"
            ),
        ),
        (
            {"workers": 1, "rate_limit_lines": ""},
            "for each sender 6000 requests per minute, counted by its one worker",
        ),
        (
            {"rate_limit_store": "redis://:geheim@host", "rate_limit": ""},
            "for each sender 30000 lines per minute, counted in a store that is shared",
        ),
        ({"rate_limit": "", "rate_limit_lines": ""}, "no rate limits"),
    ],
)
def test_the_start_up_line_says_the_limits_and_who_counts(told, said):
    assert words_of(Settings(**told)) == said


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("600 per minute", "600 per minute"),
        ("20/second", "20 per second"),
        ("5 Per Hour", "5 per hour"),
        ("none", ""),
    ],
)
def test_a_rate_is_read(text, read):
    assert Settings.from_environment({"RECYCLER_RATE_LIMIT": text}).rate_limit == read


@pytest.mark.parametrize("text", ["0 per minute", "many", "-1/second", "1 per fortnight", "1"])
def test_a_rate_that_is_none_is_refused_by_name(text):
    with pytest.raises(SettingsError, match=r"RECYCLER_RATE_LIMIT is .* such as 600 per minute"):
        Settings.from_environment({"RECYCLER_RATE_LIMIT": text})


def test_the_url_of_a_store_is_not_shown_when_it_is_wrong():
    with pytest.raises(SettingsError) as refused:
        Settings.from_environment({"RECYCLER_RATE_LIMIT_STORE": "mongo://:geheim@host"})

    assert "geheim" not in str(refused.value)


def test_a_store_without_its_library_is_refused_with_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "redis", None)

    with pytest.raises(SettingsError, match=r"install recycler\[ratelimit\]"):
        rate_limits(Settings(rate_limit_store="redis://host"))


def test_a_url_that_the_library_cannot_use_is_refused_without_showing_it():
    pytest.importorskip("redis")
    with pytest.raises(SettingsError, match="RECYCLER_RATE_LIMIT_STORE is no URL") as refused:
        rate_limits(Settings(rate_limit_store="redis://:geheim@host:port"))

    assert "geheim" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "host", "connection"),
    [
        ("redis://valkey:1/0", "valkey", "Connection"),
        ("valkey://redis:1/0", "redis", "Connection"),
        ("valkeys://valkey:1/0", "valkey", "SSLConnection"),
        ("rediss://valkey:1/0", "valkey", "SSLConnection"),
    ],
)
def test_redis_and_valkey_are_asked_alike_at_the_host_that_is_named(url, host, connection):
    pytest.importorskip("redis")
    pool = _store(Settings(rate_limit_store=url)).storage.connection_pool

    assert pool.connection_kwargs["host"] == host
    assert pool.connection_class.__name__ == connection


def test_every_operation_but_probes_documents_429(document):
    for path, operations in document["paths"].items():
        for method in operations.keys() - {"parameters"}:
            documented = "429" in operations[method]["responses"]
            assert documented == (path not in ("/livez", "/readyz")), path
    answer = document["components"]["responses"]["PROBLEM_429"]
    limits = {"Retry-After", "RateLimit-Policy", "RateLimit"}
    assert set(answer["headers"]) == {"X-Request-ID", *limits}
    json.dumps(document)
