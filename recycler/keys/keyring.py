"""The keys as a serving process knows them: read again and again beside the requests.

No request reads keys, so none waits for a database, and made-up keys keep no database busy. What a
request is held against is at most a few seconds old.
"""

import logging
import random
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hmac import compare_digest
from time import monotonic
from typing import Final

from recycler.assays import DatabaseUnavailableError
from recycler.keys.api_key import ApiKey, digest_of, id_in
from recycler.keys.errors import KeyFileError, KeysUnavailableError
from recycler.keys.keeping import KeyKeeper
from recycler.keys.key_store import USE_APART

_PATIENCE_S: Final = 2.0
"""How long the first request waits for the keys to be read the first time."""

_NOBODY: Final = ApiKey("", "nobody", frozenset(), bytes(32), datetime.min.replace(tzinfo=UTC))
"""Stands for every id that there is not, so that checking one takes the same steps."""

_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Known:
    """The keys that were not revoked, by id, and when reading them began, on the ring's clock."""

    keys: Mapping[str, ApiKey]
    as_of_s: float


class Keyring:
    """Tells who holds a key. Threads may share it.

    It reads the keys in a thread of its own, which begins with the first question, or `start`.

    Args:
        keeper: Where the keys are kept.
        check_s: The keys are read again at least this often, s.
        grace_s: How long keys that were read let their holders in while they cannot be read
            again, s.
        clock: Seconds that pass.
        now: Tells the moment, UTC.
    """

    def __init__(
        self,
        keeper: KeyKeeper,
        *,
        check_s: float,
        grace_s: float,
        clock: Callable[[], float] = monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._keeper = keeper
        self._check_s = check_s
        self._grace_s = grace_s
        self._clock = clock
        self._now = now
        self._known: _Known | None = None
        self._used: dict[str, datetime] = {}
        self._recorded_at: datetime | None = None
        self._refusal = ""
        self._unrecorded = ""
        self._lock = threading.Lock()
        self._looked = threading.Event()
        self._over = threading.Event()
        self._looker: threading.Thread | None = None

    def start(self) -> None:
        """Begin to read the keys, in the process that answers: a fork does not take it along."""
        with self._lock:
            if self._looker is None or not self._looker.is_alive():
                self._looker = threading.Thread(target=self._look_on, name="keys", daemon=True)
                self._looker.start()

    def close(self) -> None:
        """Read no more, and close what is open."""
        self._over.set()
        if self._looker is not None:
            self._looker.join()
        self._keeper.close()

    def holder_of(self, text: str) -> ApiKey | None:
        """What is kept of a key, if it is good now; else None, whatever is wrong with it.

        Raises:
            KeysUnavailableError: The keys could not be read for longer than the grace time.
        """
        known = self._recent()
        key = known.keys.get(id_in(text), _NOBODY)
        same = compare_digest(key.digest, digest_of(text))
        now = self._now()
        if not same or not key.is_good(now):
            return None
        self._used[key.key_id] = now
        return key

    def look(self) -> None:
        """Read the keys, and record which were used; never raises."""
        began_s = self._clock()
        try:
            keys = self._keeper.all_keys()
        except (DatabaseUnavailableError, KeyFileError) as error:
            self._refused(str(error))
        except Exception:  # noqa: BLE001 - a thread that ended would let revoked keys in
            _LOG.exception("the keys could not be read")
        else:
            good = {key.key_id: key for key in keys if key.revoked_at is None}
            self._known = _Known(good, began_s)
            self._accepted()
            self._record(keys)
        finally:
            self._looked.set()

    def _look_on(self) -> None:
        self.look()
        # Not evenly: processes that start at one moment need not ask at one.
        while not self._over.wait(self._check_s * random.uniform(0.5, 1.0)):  # noqa: S311 - no secret
            self.look()

    def _recent(self) -> _Known:
        """The keys, as long as they are not too old to be trusted."""
        if self._looker is None or not self._looker.is_alive():
            self.start()
        if not self._looked.is_set() and not self._looked.wait(_PATIENCE_S):
            self._looked.set()  # nobody else waits for a database that hangs
        known = self._known
        if known is None or self._clock() - known.as_of_s > self._grace_s:
            raise KeysUnavailableError("The keys cannot be read now; the log says why")
        return known

    def _record(self, keys: Iterable[ApiKey]) -> None:
        """Tell the keeper, once a minute, of uses that no process has told it of for as long."""
        now = self._now()
        if self._recorded_at is not None and abs(now - self._recorded_at) < USE_APART:
            return
        due = {
            key.key_id: used
            for key in keys
            if (used := self._used.get(key.key_id))
            and (key.last_used_at is None or used - key.last_used_at >= USE_APART)
        }
        if due:
            self._recorded_at = now
            self._note(due)

    def _note(self, uses: Mapping[str, datetime]) -> None:
        try:
            self._keeper.note_uses(uses)
        except Exception as error:  # noqa: BLE001 - nobody is kept out because this is not recorded
            if str(error) != self._unrecorded:
                self._unrecorded = str(error)
                _LOG.warning("when keys were last used is not recorded: %s", error)

    def _refused(self, reason: str) -> None:
        """Say once why the keys cannot be read, until that changes."""
        if reason != self._refusal:
            self._refusal = reason
            _LOG.error(
                "keys cannot be read; those known are good for %g s: %s", self._grace_s, reason
            )

    def _accepted(self) -> None:
        if self._refusal:
            self._refusal = ""
            _LOG.info("keys are read again")
