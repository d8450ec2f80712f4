"""A container listens to everybody, so it lets nobody in until a key is made."""

import pytest
from containers import HARDENED, Service, running, wait_for

from recycler.keys import is_key
from recycler.web.views.estimates import EXAMPLE

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def closed(image: str):
    """The image as `docker run` starts it, without any setting."""
    with running(image, *HARDENED) as service:
        yield service


def test_it_says_so_and_what_to_do(closed: Service) -> None:
    """In the line that it starts with."""
    assert "nobody can get in yet" in closed.logs()
    assert "recycler keys create" in closed.logs()
    assert closed.post("/v1/estimates", EXAMPLE).status == 401


def test_it_is_healthy_all_the_same(closed: Service) -> None:
    """The health check asks /readyz, which is open to all."""
    wait_for(lambda: closed.health() == "healthy", 60, closed.logs)


def test_a_key_that_is_made_inside_lets_its_holder_in(closed: Service) -> None:
    """By the README's command, without a restart and with nothing writable but the volume."""
    made = closed.run_inside("recycler", "keys", "create", "--name", "me", "--scope", "estimate")
    key = made.stdout.strip()
    assert is_key(key), made.stderr

    def statuses(path: str) -> set[int]:
        """What either worker says; each takes the key at a moment of its own."""
        return {closed.get(path, Authorization=f"Bearer {key}").status for _ in range(20)}

    wait_for(lambda: statuses("/v1/elements") == {200}, 30, closed.logs)
    wait_for(lambda: statuses("/v1/assays") == {403}, 30, closed.logs)
    assert key.split("_")[2] not in closed.logs()
