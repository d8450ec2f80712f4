"""Processes of this machine: what one of them loses is done again."""

from functools import partial

import pytest
from method_samples import mean_or_die
from work_samples import double, double_or_die, refuse_five

from recycler.model.evaluation import content_folds, overall_mean
from recycler.parallel import BackendError, LocalProcesses, run
from recycler.parallel.local import DEATHS_FORGIVEN
from recycler.reference import load_tables
from recycler.training import compare

TWO = LocalProcesses(2)


@pytest.mark.parametrize("jobs", [1, 2])
def test_results_come_in_the_order_of_the_tasks_and_each_is_told(jobs):
    told = []
    found = run(double, range(30), LocalProcesses(jobs), lambda *progress: told.append(progress))
    assert found == [2 * number for number in range(30)]
    assert told == [(done, 30) for done in range(31)]


def test_nothing_to_do_is_done():
    assert run(double, [], TWO) == []


def test_what_the_work_raises_is_raised():
    with pytest.raises(ValueError, match="five is refused"):
        run(refuse_five, range(10), TWO)


def test_a_process_killed_in_mid_run_costs_no_result_and_none_is_told_twice(deaths):
    told = []
    folder = deaths(DEATHS_FORGIVEN)
    work = partial(double_or_die, deaths=folder)
    found = run(work, range(8), TWO, lambda *progress: told.append(progress))
    assert found == [2 * number for number in range(8)]
    assert told == [(done, 8) for done in range(9)]
    assert list(folder.iterdir()) == []


def test_a_task_that_kills_every_process_ends_the_run_with_a_sentence(deaths):
    folder = deaths(DEATHS_FORGIVEN + 2)
    with pytest.raises(BackendError, match=r"died 4 times.* memory.* --jobs less than 2"):
        run(partial(double_or_die, deaths=folder), range(8), TWO)
    assert len(list(folder.iterdir())) == 1


def test_scores_are_the_same_when_a_process_was_killed(deaths):
    tried = content_folds(load_tables())[-4:]
    folder = deaths(1)
    found = compare(tried, {"mean": partial(mean_or_die, deaths=folder)}, backend=TWO)
    assert found == compare(tried, {"mean": overall_mean})
    assert list(folder.iterdir()) == []
