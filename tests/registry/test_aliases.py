"""Aliases move in one step, to a version that loads, and every move is logged."""

import threading
from datetime import timedelta

import pytest
from registry_samples import (
    MOMENT,
    SMALL_ALLOWED,
    SmallModel,
    dump,
    open_registry,
    replace_artefact,
    write_small,
)

from recycler.registry import ArtefactError, Registry


def test_a_promoted_champion_leaves_the_one_before_as_previous(registry):
    write_small(registry, "v2")
    write_small(registry, "v3")
    registry.promote("v2", who="Bo", why="narrower", alias="challenger")
    assert registry.aliases() == {"champion": "v1", "challenger": "v2"}
    registry.promote("v2", who="Bo", why="proved itself")
    assert registry.aliases() == {"champion": "v2", "previous": "v1"}
    registry.promote("v3", who="Bo", why="newer data")
    assert registry.aliases() == {"champion": "v3", "previous": "v2"}
    registry.promote(registry.resolve("previous"), who="Bo", why="roll back")
    assert registry.aliases() == {"champion": "v2", "previous": "v3"}


def test_every_promotion_is_logged(registry):
    write_small(registry, "v2", scores={"crps": 0.2})
    later = MOMENT + timedelta(days=1)
    Registry(registry.root, clock=lambda: later, allowed=SMALL_ALLOWED).promote(
        "v2", who="Bo", why="narrower"
    )
    first, second = registry.promotions()
    assert (first.who, first.version, first.replaced, first.when) == ("Ada", "v1", None, MOMENT)
    assert (second.replaced, second.when, second.scores) == ("v1", later, {"crps": 0.2})


def test_the_log_keeps_the_scores_of_all_figures_and_the_manifest_keeps_all_scores(registry):
    scores = {"factors": {"presence": {"crps": 0.3}}, "pooled": {"crps": 0.2}}
    write_small(registry, "v2", scores=scores)
    registry.promote("v2", who="Bo", why="narrower")
    assert registry.promotions()[-1].scores == {"pooled": {"crps": 0.2}}
    assert registry.manifest("v2").scores == scores


@pytest.mark.parametrize(
    ("version", "changes", "why"),
    [
        ("v1", {}, "is the champion already"),
        ("v9", {}, "no version 'v9'"),
        ("v2", {"alias": "previous"}, "neither champion nor challenger"),
        ("v2", {"alias": "canary"}, "neither champion nor challenger"),
        ("v2", {"who": " "}, "who must be one line"),
        ("v2", {"why": "a\nb"}, "why must be one line"),
        ("v2", {"why": "x" * 1001}, "why must be one line"),
    ],
)
def test_a_promotion_that_makes_no_sense_changes_nothing(registry, version, changes, why):
    write_small(registry, "v2")
    before = (registry.root / "registry.json").read_bytes()
    with pytest.raises(ArtefactError, match=why):
        registry.promote(version, **({"who": "Bo", "why": "newer"} | changes))
    assert (registry.root / "registry.json").read_bytes() == before


def test_a_version_that_does_not_load_is_not_promoted(registry):
    write_small(registry, "v2")
    replace_artefact(registry.root, dump(SmallModel()), "v2")
    with pytest.raises(ArtefactError, match="model v2"):
        registry.promote("v2", who="Bo", why="newer")
    assert registry.aliases() == {"champion": "v1"}


def test_readers_see_the_old_champion_or_the_new_but_never_none(registry):
    write_small(registry, "v2")
    seen: list[str] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            seen.append(open_registry(registry.root).load().version)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for round_ in range(20):
        registry.promote(f"v{2 - round_ % 2}", who="Bo", why="back and forth")
    stop.set()
    for reader in readers:
        reader.join()
    assert set(seen) == {"v1", "v2"}
    assert len(registry.promotions()) == 21


def test_promotions_at_the_same_time_are_all_logged(registry):
    for version in ("v2", "v3", "v4", "v5"):
        write_small(registry, version)
    promoting = [
        threading.Thread(target=registry.promote, args=(v,), kwargs={"who": "Bo", "why": "race"})
        for v in ("v2", "v3", "v4", "v5")
    ]
    for thread in promoting:
        thread.start()
    for thread in promoting:
        thread.join()
    log = registry.promotions()
    assert len(log) == 5
    assert [entry.replaced for entry in log] == [None, *(entry.version for entry in log[:-1])]
