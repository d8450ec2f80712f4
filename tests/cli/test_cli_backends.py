"""Where `recycler train` and `recycler evaluate` have an evaluation run."""

from types import SimpleNamespace

import pytest

from recycler.parallel import BackendError, DaskCluster, LocalProcesses

ADDRESS = "tcp://10.0.0.5:8786"
DASK = ("--backend", "dask", "--scheduler", ADDRESS)


@pytest.fixture
def used(monkeypatch):
    """The backends that commands have handed on, in place of any work."""
    backends = []

    def evaluate(*, backend, **_):
        backends.append(backend)
        return SimpleNamespace(scores={})

    def train(*, backend, **_):
        backends.append(backend)
        raise BackendError("There is no worker.")

    monkeypatch.setattr("recycler.training.evaluate", evaluate)
    monkeypatch.setattr("recycler.training.train", train)
    return backends


@pytest.mark.parametrize(
    ("options", "backend"),
    [
        ((), LocalProcesses(2)),
        (("--backend", "loky", "--jobs", "3"), LocalProcesses(3)),
        (DASK, DaskCluster(ADDRESS, None, wait_s=60)),
        ((*DASK, "--jobs", "4"), DaskCluster(ADDRESS, 4, wait_s=60)),
    ],
)
def test_options_say_what_runs_an_evaluation(run, used, options, backend):
    assert run("evaluate", "--fresh", "--json", *options).exit_code == 0
    run("train", *options)
    assert used == [backend, backend]


def test_how_long_a_worker_is_waited_for_is_a_setting(run, used):
    run("evaluate", "--fresh", "--json", *DASK, env={"RECYCLER_WORKER_WAIT_S": "7"})
    assert used == [DaskCluster(ADDRESS, wait_s=7)]


def test_a_backend_that_fails_is_a_sentence(run, used):
    result = run("train", *DASK)
    assert (result.exit_code, result.stderr) == (1, "Error: There is no worker.\n")
    assert len(used) == 1


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (("train", "--scheduler", ADDRESS), "--scheduler is for --backend dask."),
        (("train", "--backend", "dask"), "--backend dask needs --scheduler ADDR"),
        (("evaluate", *DASK), "--scheduler is for --fresh"),
        (("train", "--backend", "ray"), "'ray' is not one of 'loky', 'dask'"),
    ],
)
def test_options_that_do_not_go_together_are_refused(run, used, command, told):
    result = run(*command)
    assert (result.exit_code, used) == (2, [])
    assert told in result.stderr
