"""Following promotions: what the models folder calls champion is loaded beside what answers."""

import logging
import random
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from typing import Final, NoReturn

from recycler.registry import CHAMPION, ArtefactError, Registry
from recycler.registry.aliases import FILE
from recycler.registry.manifest import MANIFEST
from recycler.web.process.champion import Champion
from recycler.web.process.memory import settle_anew
from recycler.web.process.metrics import Metrics

AFRESH_S: Final = 30.0
"""Seconds after which everything is read again although nothing seems changed: a refused version
may have been repaired in a file that is not looked at."""

_Mark = tuple[int, ...] | None
"""What tells a file from another at the same path; None where none can be seen."""

_LOG = logging.getLogger(__name__)


class Follower:
    """Keeps a `Champion` at the version that the models folder calls champion, look by look.

    Args:
        champion: What is kept up to date.
        open_registry: Opens the models folder.
        metrics: Is told of every model that is taken or refused.
        clock: Seconds that pass.
    """

    def __init__(
        self,
        champion: Champion,
        open_registry: Callable[[], Registry],
        metrics: Metrics,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._champion = champion
        self._open_registry = open_registry
        self._metrics = metrics
        self._clock = clock
        self._named = ""
        self._seen: tuple[_Mark, _Mark] = (None, None)
        self._afresh_at = clock()
        self._refused: tuple[str, str] | None = None

    def look(self) -> bool:
        """Take the champion of the models folder if it is another than the one that answers.

        While nothing changes that costs two calls of stat. What cannot be used is refused: the
        champion's checks say why, the log once, and it is tried again when registry.json or the
        version's manifest changes, and every `AFRESH_S`.

        Returns:
            Whether another model answers than before.
        """
        try:
            registry = self._opened()
            table = _mark(registry.root / FILE)
            if self._clock() < self._afresh_at and self._seen == self._marks(registry.root, table):
                return False
            self._read(registry, table)
            return self._follow(registry)
        except ArtefactError as error:
            self._refuse(str(error))
            return False

    def _opened(self) -> Registry:
        try:
            return self._open_registry()
        except ArtefactError:
            self._named = ""  # what was read before holds no more, and is read again
            raise

    def _marks(self, root: Path, table: _Mark) -> tuple[_Mark, _Mark]:
        return table, _mark(root / self._named / MANIFEST)

    def _read(self, registry: Registry, table: _Mark) -> None:
        """Read the alias; marks are older than what is read, so that no change goes unnoticed."""
        self._afresh_at = self._clock() + AFRESH_S
        self._named = ""
        self._seen = self._marks(registry.root, table)
        self._named = registry.aliases().get(CHAMPION, "")
        self._seen = self._marks(registry.root, table)

    def _follow(self, registry: Registry) -> bool:
        replaced = self._champion.version
        another = replaced is None or self._named != replaced
        if another:
            self._take(registry, replaced)
        self._champion.refuse("")
        self._metrics.refusal_ended()
        self._refused = None
        return another

    def _take(self, registry: Registry, replaced: str | None) -> None:
        begun = self._clock()
        model = registry.load(self._named or CHAMPION)
        self._champion.take(model)
        self._metrics.model_loaded(self._clock() - begun)
        self._metrics.model_taken(model.version, replaced)
        _LOG.info("model %s answers from now on, before it %s", model.version, replaced or "none")

    def _refuse(self, reason: str) -> None:
        self._champion.refuse(reason)
        if self._refused == (self._named, reason):
            return
        self._refused = (self._named, reason)
        self._metrics.promotion_refused(self._named)
        if self._champion.version is None:
            _LOG.error("no champion: %s", reason)
        else:
            _LOG.error("%s keeps answering, refused: %s", self._champion.version, reason)


def keep_looking(follower: Follower, every_s: float) -> None:
    """Start the thread that lets a follower look, at least every `every_s` seconds.

    It ends with the process. A fork does not take it along, so it is started in the process that
    answers.
    """
    Thread(target=_look_on, args=(follower, every_s), name="promotions", daemon=True).start()


def _look_on(follower: Follower, every_s: float) -> NoReturn:
    taken = False
    while True:
        # Not evenly: processes that load at one moment would leave no core to the requests.
        sleep(every_s * random.uniform(0.5, 1.0))  # noqa: S311  (nothing secret)
        if taken:
            settle_anew()  # a look later: requests under way have let go of the old model
        taken = _look(follower)


def _look(follower: Follower) -> bool:
    try:
        return follower.look()
    except Exception:  # noqa: BLE001  (a thread that ended would keep this model for ever)
        _LOG.exception("the models folder could not be looked at")
        return False


def _mark(path: Path) -> _Mark:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size
