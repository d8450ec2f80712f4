"""A Dask cluster of real processes: the same numbers, whatever dies meanwhile."""

import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from time import monotonic

import pytest
from cluster_samples import FAILURES_ALLOWED
from method_samples import mean_or_die
from work_samples import double, double_or_die, double_or_die_at_two, refuse_five

from recycler.model.evaluation import (
    BASELINES,
    MODEL,
    UNSEEN,
    content_folds,
    folds,
    overall_mean,
    product_method,
)
from recycler.parallel import BackendError, DaskCluster, run
from recycler.reference import load_tables
from recycler.training import compare, train

ROOT = Path(__file__).parents[2]
NOWHERE = "tcp://127.0.0.1:1"


def test_scores_are_the_same_bit_for_bit_with_every_worker_and_with_one_job(cluster):
    """A fold of each part of the model, the smallest ones."""
    tables = load_tables()
    tried = [[fold for fold in folds(tables) if fold.part is part][-1] for part in UNSEEN]
    methods = {MODEL: product_method(tables), **BASELINES}
    here = compare(tried, methods)
    assert compare(tried, methods, backend=DaskCluster(cluster.address)) == here
    assert compare(tried, methods, backend=DaskCluster(cluster.address, jobs=1)) == here


def test_results_come_in_the_order_of_the_tasks_and_each_is_told(cluster):
    told = []
    backend = DaskCluster(cluster.address)
    found = run(double, range(30), backend, lambda *progress: told.append(progress))
    assert found == [2 * number for number in range(30)]
    assert told == [(done, 30) for done in range(31)]


def test_what_the_work_raises_is_raised(cluster):
    with pytest.raises(ValueError, match="five is refused"):
        run(refuse_five, range(10), DaskCluster(cluster.address))


def test_a_worker_killed_in_mid_run_costs_no_score(own_cluster, deaths):
    own_cluster.add_worker()
    own_cluster.add_worker()
    tried = content_folds(load_tables())[-4:]
    folder = deaths(1)
    methods = {"mean": partial(mean_or_die, deaths=folder)}
    found = compare(tried, methods, backend=DaskCluster(own_cluster.wait().address))
    assert found == compare(tried, {"mean": overall_mean})
    assert list(folder.iterdir()) == []
    assert [worker.poll() for worker in own_cluster.workers].count(-signal.SIGKILL) == 1


def test_a_task_that_kills_every_worker_ends_the_run_with_a_sentence(own_cluster, deaths):
    """Workers that are started anew whenever they die would go on for ever."""
    own_cluster.add_worker(nanny=True)
    work = partial(double_or_die, deaths=deaths(20))
    told = f"{FAILURES_ALLOWED + 1} workers died over the same task, the last of them at tcp://"
    with pytest.raises(BackendError, match=told):
        run(work, range(8), DaskCluster(own_cluster.wait().address))


def test_tasks_that_only_waited_for_workers_that_died_are_not_given_up(own_cluster, deaths):
    """More workers die than any task is forgiven, each the only one, and over another task."""
    own_cluster.add_worker(nanny=True)
    folder = deaths(0)
    work = partial(double_or_die_at_two, deaths=folder)
    found = run(work, range(60), DaskCluster(own_cluster.wait().address))
    assert found == [2 * number for number in range(60)]
    assert len(list(folder.iterdir())) == 2 > FAILURES_ALLOWED


def test_a_run_that_no_worker_is_left_for_ends_with_a_sentence(own_cluster, deaths):
    own_cluster.add_worker()
    backend = DaskCluster(own_cluster.wait().address, wait_s=1)
    with pytest.raises(BackendError, match=r"no worker for 1 s\. Start some: dask worker"):
        run(partial(double_or_die, deaths=deaths(1)), range(8), backend)


def test_a_cluster_without_workers_is_waited_for_as_long_as_was_said(own_cluster):
    backend = DaskCluster(own_cluster.wait().address, wait_s=1)
    begun = monotonic()
    with pytest.raises(BackendError, match=r"no worker for 1 s\. Start some: dask worker"):
        run(double, [1], backend)
    assert monotonic() - begun >= 1


def test_a_scheduler_lost_in_mid_run_ends_it_with_a_sentence_and_nothing_is_written(
    own_cluster, tmp_path
):
    own_cluster.add_worker()

    def told(stage, done, _):
        if (stage, done) == ("evaluate", 1):
            own_cluster.scheduler.send_signal(signal.SIGKILL)

    models = tmp_path / "models"
    backend = DaskCluster(own_cluster.wait().address)
    with pytest.raises(BackendError, match=f"{own_cluster.address} was lost.* nothing was written"):
        train(models=models, backend=backend, progress=told)
    assert not models.exists()


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        (NOWHERE, "Timed out"),
        ("scheduler", "missing port number"),
        ("ftp://127.0.0.1:8786", "unknown address scheme"),
        ("tls://127.0.0.1:1", "asks for certificates"),
    ],
)
def test_a_wrong_address_is_a_sentence_within_seconds(address, reason):
    begun = monotonic()
    with pytest.raises(BackendError, match=f"{address}.*{reason}"):
        run(double, [1], DaskCluster(address))
    assert monotonic() - begun < 10


def test_workers_with_other_versions_or_threads_are_refused_by_name(own_cluster, tmp_path):
    own_cluster.add_worker(path=with_other_numpy(tmp_path), threads=2)
    told = r"numbers .*: the worker at tcp://\S+ has numpy 9.9 instead of \S+, --nthreads 2 "
    with pytest.raises(BackendError, match=told + r"instead of 1\.$"):
        run(double, [1], DaskCluster(own_cluster.wait().address))


def test_a_worker_that_joins_late_with_other_versions_is_refused_too(own_cluster, deaths, tmp_path):
    """When the worker that was looked at has died, what is left falls to the other."""
    own_cluster.add_worker()
    other = with_other_numpy(tmp_path)

    def told(done, _):
        if done == 1:
            own_cluster.add_worker(path=other)

    backend = DaskCluster(own_cluster.wait().address, jobs=1)
    with pytest.raises(BackendError, match=r"numpy 9\.9 instead of"):
        run(partial(double_or_die, deaths=deaths(1)), range(8), backend, told)


def test_a_worker_that_cannot_import_recycler_is_refused(own_cluster, tmp_path):
    (tmp_path / "recycler").mkdir()
    (tmp_path / "recycler" / "__init__.py").touch()
    own_cluster.add_worker(path=tmp_path)
    told = r"the worker at tcp://\S+ cannot run this recycler \(.*No module named"
    with pytest.raises(BackendError, match=told):
        run(double, [1], DaskCluster(own_cluster.wait().address))


def with_other_numpy(folder: Path) -> Path:
    """A folder in which a version of numpy is listed that does not exist."""
    listed = folder / "numpy-9.9.dist-info"
    listed.mkdir()
    (listed / "METADATA").write_text("Name: numpy\nVersion: 9.9\n")
    return folder


def test_without_the_extra_it_says_what_to_install():
    script = (
        "import sys; sys.modules['distributed'] = None\n"
        "from recycler.parallel import DaskCluster, run\n"
        f"run(abs, [1], DaskCluster({NOWHERE!r}))"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    found = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True)
    assert found.returncode == 1
    assert "pip install 'recycler[distributed]'" in found.stderr.splitlines()[-1]
