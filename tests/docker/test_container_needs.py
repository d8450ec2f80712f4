"""What the container can do without, and the sentence it says where it cannot.

docs/operations.md has them as a table.
"""

import subprocess

import pytest
from containers import HARDENED, OPEN, docker, running

from recycler.web.lots.schema import EXAMPLE as LOT
from recycler.web.views.estimates import EXAMPLE

pytestmark = pytest.mark.docker

ANY_USER = "--user=12345:0"
NO_GROUP = "--user=12345:12345"


def refusal(image: str, *options: str, command: tuple[str, ...] = ("serve",)) -> str:
    """The last line of a container that ends by itself, with an exit code that is not 0."""
    line = ["docker", "run", "--rm", "--network=none", "--env=RECYCLER_HOST=127.0.0.1"]
    done = subprocess.run(
        [*line, *HARDENED, *options, image, *command],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode in (1, 2), done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr.splitlines()[-1]


def test_any_user_of_group_0_may_serve_store_and_promote(image: str) -> None:
    """As on platforms that choose the user; nobody has such a number in /etc/passwd."""
    with running(image, *HARDENED, OPEN, ANY_USER) as service:
        estimated, stored = service.post("/v1/estimates", EXAMPLE), service.post("/v1/assays", LOT)
        version = service.get("/v1/model").document["version"]
        again = service.run_inside("recycler", "models", "promote", version, "--why", "a trial")
        log = service.logs()

    assert (estimated.status, stored.status) == (200, 201)
    assert "it is the champion already" in " ".join(again.stderr.split())
    assert "cannot be used" not in log


def test_any_user_of_group_0_may_write_models(image: str, models_volume: str) -> None:
    """A new volume starts with the owner, group and mode of the image's folder."""
    touch = ("--entrypoint=touch", image, "/models/here")

    docker("run", "--rm", "--network=none", *HARDENED, ANY_USER, models_volume, *touch)


@pytest.mark.parametrize("options", [(NO_GROUP,), ("--tmpfs=/data:ro",)], ids=["user", "read-only"])
def test_where_data_cannot_be_written_estimates_are_made_all_the_same(
    image: str, options: tuple[str, ...]
) -> None:
    """The log says at the start what is missing, and so does the answer to who sends a lot."""
    with running(image, *HARDENED, OPEN, *options) as service:
        estimated, stored = service.post("/v1/estimates", EXAMPLE), service.post("/v1/assays", LOT)
        log = service.logs()

    assert (estimated.status, stored.status) == (200, 503)
    assert "SQLite database /data/assays.db cannot be used" in log
    assert "its folder must exist and be writable" in log
    assert "Traceback" not in log


@pytest.mark.parametrize(
    ("option", "wrong"),
    [("--ipc=none", "shm is not there"), ("--shm-size=64k", "shm has 64 kB free")],
)
def test_without_room_to_count_in_it_says_so_and_ends(image: str, option: str, wrong: str) -> None:
    """Else a process would be killed in the midst of counting."""
    said = refusal(image, option)

    assert "need a folder with 1,024 kB of room" in said
    assert wrong in said
    assert "mount a tmpfs at /dev/shm, such as `docker run --tmpfs /dev/shm`" in said


def test_a_tmpfs_is_room_enough(image: str) -> None:
    """What the sentence above asks for is enough."""
    with running(image, *HARDENED, OPEN, "--ipc=none", "--tmpfs=/dev/shm:size=2m") as service:
        assert service.post("/v1/estimates", EXAMPLE).status == 200
        assert b"recycler_requests_total" in service.get("/metrics").body


def test_models_that_cannot_be_written_are_served(image: str, models_volume: str) -> None:
    """Only what would write there is refused, training before it begins."""
    read_only = f"{models_volume}:ro"
    with running(image, *HARDENED, OPEN, read_only) as service:
        estimated = service.post("/v1/estimates", EXAMPLE)

    assert estimated.status == 200
    said = refusal(image, read_only, command=("train", "--version", "vain"))
    assert "Read-only file system" in said
