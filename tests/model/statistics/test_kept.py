"""What is kept is not computed again, and the oldest goes first."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from recycler.model.statistics.kept import Kept


def test_a_value_is_computed_once():
    computed = []
    kept = Kept(2)
    for _ in range(3):
        assert kept.get("a", lambda: computed.append(1) or 7) == 7
    assert computed == [1]


def test_the_least_recently_used_goes_first():
    kept = Kept(2)
    for key in "aba":
        kept.get(key, lambda: 0)
    kept.get("c", lambda: 0)
    assert kept.get("a", lambda: 1) == 0
    assert kept.get("b", lambda: 1) == 1


def test_what_fails_to_compute_is_not_kept():
    kept = Kept(2)
    with pytest.raises(ZeroDivisionError):
        kept.get("a", lambda: 1 / 0)
    assert kept.get("a", lambda: 5) == 5


def test_threads_may_share_it():
    kept = Kept(8)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: kept.get(n % 32, lambda: n % 32), range(4000)))
    assert found == [n % 32 for n in range(4000)]
