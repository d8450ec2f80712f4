"""The models folder: versions that never change, and aliases that move between them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from recycler.batch import Batch
from recycler.registry.aliases import Promotion, check_line
from recycler.registry.allowed import ALLOWED, Kind, Name
from recycler.registry.errors import ArtefactError, refusing
from recycler.registry.files import create_folder, locked, try_folder
from recycler.registry.golden import Estimator
from recycler.registry.ledger import Restoration, add, read_ledger, restore
from recycler.registry.manifest import ASSAYS, CARD, HELD_OUT, LOTS, MANIFEST, PAGE, Manifest
from recycler.registry.names import ALIASES, CHAMPION, PREVIOUS, is_version_name
from recycler.registry.opening import (
    STEPS,
    LoadedModel,
    open_version,
    read_recorded,
    read_version_manifest,
)
from recycler.registry.packing import Training, pack
from recycler.registry.verdict import Evidence, Gate, PromotionRefusedError, Verdict

_UNWRITTEN = "nothing was written"
_UNCHANGED = "the aliases stay as they were"
_UNRESTORED = (
    "put good copies of registry.json and promotions.jsonl in place (where only the last lines of "
    "promotions.jsonl are damaged, delete those and the promotions in them), or remove both and "
    "promote a version anew"
)
_NAME_FOLDER = "name a readable folder of models in RECYCLER_MODELS"


@dataclass(frozen=True, slots=True)
class Check:
    """One step of a verification: its name (see STEPS), whether it passed, and what was found."""

    step: str
    passed: bool
    detail: str


def utc_now() -> datetime:
    """The present moment, UTC."""
    return datetime.now(UTC)


class Registry:
    """The versions in a models folder and the aliases champion, challenger and previous.

    Any number of processes may read while one writes: versions appear complete, and promotion is
    one rename.

    Args:
        root: The models folder.
        clock: Tells the moment that manifests and promotions are stamped with.
        allowed: The names an artefact may contain.
    """

    def __init__(
        self,
        root: Path,
        *,
        clock: Callable[[], datetime] = utc_now,
        allowed: Mapping[Name, Kind] = ALLOWED,
    ) -> None:
        self.root = root
        self._clock = clock
        self._allowed = allowed

    def versions(self) -> list[str]:
        """Names of all complete versions, in alphabetical order.

        Raises:
            ArtefactError: The folder cannot be read.
        """
        with refusing(f"models folder {self.root}", _NAME_FOLDER):
            return sorted(found.name for found in self.root.iterdir() if self._holds(found.name))

    def aliases(self) -> Mapping[str, str]:
        """Alias -> version, for those aliases that are given.

        Raises:
            ArtefactError: The table is damaged, or its log was shortened or edited.
        """
        return MappingProxyType(dict(read_ledger(self.root).aliases))

    def promotions(self) -> tuple[Promotion, ...]:
        """The log of promotions, in the order in which they took effect.

        Raises:
            ArtefactError: The table is damaged, or its log was shortened or edited.
        """
        return read_ledger(self.root).promotions

    def resolve(self, name: str) -> str:
        """The version that a name means: an alias, or a version itself.

        Raises:
            ArtefactError: There is no such alias or version.
        """
        version = self.aliases().get(name) if name in ALIASES else name
        if version is None:
            raise ArtefactError(
                f"no version in {self.root} is {name}; promote one with `recycler models promote`, "
                f"or name a folder that has one in RECYCLER_MODELS"
            )
        with refusing(f"models folder {self.root}", _NAME_FOLDER):
            if not self._holds(version):
                known = ", ".join(self.versions()) or "none"
                raise ValueError(f"it holds no version {version!r} (versions there: {known})")
        return version

    def manifest(self, name: str = CHAMPION) -> Manifest:
        """The manifest of a version or alias.

        Raises:
            ArtefactError: It is missing, damaged or of another format.
        """
        return read_version_manifest(self.root, self.resolve(name))

    def card(self, name: str = CHAMPION) -> str:
        """The model card of a version or alias, Markdown.

        Raises:
            ArtefactError: It is not the one that the manifest records.
        """
        manifest = self.manifest(name)
        with refusing(f"model {manifest.version}, {CARD}"):
            return read_recorded(self.root, manifest, CARD).decode()

    def page(self, name: str = CHAMPION) -> str | None:
        """The model card of a version or alias as an HTML page, if it has one.

        Raises:
            ArtefactError: It is not the one that the manifest records.
        """
        return self._optional(name, PAGE)

    def held_out(self, name: str = CHAMPION) -> str | None:
        """Every figure that the evaluation of a version or alias left out, CSV, if it is kept.

        Raises:
            ArtefactError: It is not the one that the manifest records.
        """
        return self._optional(name, HELD_OUT)

    def lots(self, name: str = CHAMPION) -> str | None:
        """Every figure of a lot that the evaluation of a version left out, CSV, if it is kept.

        Raises:
            ArtefactError: It is not the one that the manifest records.
        """
        return self._optional(name, LOTS)

    def assays(self, name: str = CHAMPION) -> str | None:
        """The assays that the training of a version or alias looked at, CSV, if it saw any.

        Raises:
            ArtefactError: It is not the one that the manifest records.
        """
        return self._optional(name, ASSAYS)

    def load(self, name: str = CHAMPION, *, check_golden: bool = True) -> LoadedModel:
        """Load a version: manifest, digests, versions, classes, then the golden estimate.

        Args:
            name: A version or an alias.
            check_golden: Whether the model must prove that it still makes its golden estimate.

        Raises:
            ArtefactError: Any of it fails; the message says what to do.
        """
        steps = open_version(self.root, self.resolve(name), self._allowed, golden=check_golden)
        while True:
            try:
                next(steps)
            except StopIteration as end:
                model: LoadedModel = end.value
                return model

    def verify(self, name: str = CHAMPION) -> Iterator[Check]:
        """Load a version and yield each check as it is made; the first that fails is the last.

        Raises:
            ArtefactError: There is no such version.
        """
        steps = open_version(self.root, self.resolve(name), self._allowed, golden=True)
        for step in STEPS:
            try:
                yield Check(step, passed=True, detail=next(steps))
            except ArtefactError as error:
                yield Check(step, passed=False, detail=str(error))
                return

    def write(
        self,
        model: Estimator,
        *,
        version: str,
        data_digest: str,
        rows: Mapping[str, int],
        seed: int,
        scores: Mapping[str, Any],
        card: str,
        golden_batch: Batch,
        figures: Mapping[str, bytes] = MappingProxyType({}),
        further: Mapping[str, bytes] = MappingProxyType({}),
    ) -> str:
        """Add a version: complete and proven to load, or not at all. No alias is given to it.

        Args:
            model: The fitted model.
            version: A new name: a-z, 0-9, '.', '_', '-', at most 64 characters.
            data_digest: SHA-256 of the data it was fitted to, 64 hexadecimal digits.
            rows: Rows of that data, by table.
            seed: Seed of the training.
            scores: Scores of its evaluation: plain JSON values.
            card: The model card, Markdown.
            golden_batch: The batch whose estimate is kept as golden.
            figures: Pictures of the card: file name -> bytes.
            further: Further files: the card as a page (card.html), every figure that the evaluation
                left out (held_out.csv).

        Returns:
            The version's name.

        Raises:
            ArtefactError: The version exists, or it could not be loaded again, or written.
        """
        training = Training(data_digest, rows, seed, scores, card, golden_batch, figures, further)
        with refusing(f"model {version}", _UNWRITTEN):
            files = pack(model, version, training, self._clock(), self._allowed)
            self.root.mkdir(parents=True, exist_ok=True)
            with locked(self.root):
                create_folder(self.root, version, files)
        return version

    def check_room(self, version: str | None = None) -> None:
        """Make sure that a version can be written, before much is computed for it.

        A folder that is not there yet will be made by `write`.

        Args:
            version: Its name, if it has one already.

        Raises:
            ArtefactError: The name is taken, or the folder cannot be written to.
        """
        about = f"model {version}" if version else f"models folder {self.root}"
        if self.root.is_dir():
            with refusing(about, _UNWRITTEN):
                try_folder(self.root, version)

    def evidence(self, version: str) -> Evidence:
        """What a version keeps of its evaluation, for the gate; if it cannot be read, why."""
        try:
            scores, held_out = self.manifest(version).scores, self.held_out(version)
            return Evidence(version, scores, held_out, lots=self.lots(version))
        except ArtefactError as error:
            return Evidence(version, {}, None, unreadable=str(error))

    def promote(
        self,
        version: str,
        *,
        who: str,
        why: str,
        alias: str = CHAMPION,
        gate: Gate | None = None,
        forced: str | None = None,
    ) -> Promotion:
        """Give an alias to a version that has just proven to load, and log it.

        The champion that is replaced becomes `previous`. All of it happens while no other process
        writes: the version is judged against whatever is champion by then.

        Args:
            version: The version, by its name.
            who: Who decided, one line.
            why: The reason, one line.
            alias: `champion` or `challenger`; only a champion passes the gate.
            gate: Judges whether the version may replace the champion; without one nothing does.
            forced: Why the version becomes champion even if the gate refuses it, one line.

        Returns:
            The entry of the log.

        Raises:
            PromotionRefusedError: The gate refused it; nothing changed.
            ArtefactError: The version does not load or has the alias already; nothing changed.
        """
        with refusing(f"promotion of {version} to {alias}", _UNCHANGED), locked(self.root):
            table = read_ledger(self.root)
            scores = _in_brief(self.load(version).manifest.scores)
            replaced = table.aliases.get(alias)
            entry = Promotion(version, alias, replaced, who, self._clock(), why, scores)
            if alias == CHAMPION and gate and replaced != version:
                entry = _judged(entry, self._verdict(version, replaced, gate), forced)
            return add(self.root, table, entry)

    def roll_back(self, *, who: str, why: str) -> Promotion:
        """Make the previous champion the champion again, if it still loads; no gate is asked.

        The champion that is rolled back becomes `previous`, so that rolling back twice leads to
        where it began.

        Args:
            who: Who decided, one line.
            why: The reason, one line.

        Returns:
            The entry of the log.

        Raises:
            ArtefactError: There is no previous champion, or it does not load; nothing changed.
        """
        with refusing("roll-back", _UNCHANGED), locked(self.root):
            table = read_ledger(self.root)
            if (version := table.aliases.get(PREVIOUS)) is None:
                raise ValueError("no version is previous: no champion was ever replaced")
            scores = _in_brief(self.load(version).manifest.scores)
            replaced, now = table.aliases.get(CHAMPION), self._clock()
            entry = Promotion(version, CHAMPION, replaced, who, now, why, scores, rollback=True)
            return add(self.root, table, entry)

    def restore(self) -> Restoration:
        """Rebuild registry.json from promotions.jsonl, or the other way round.

        The longer log counts; what is replaced is kept beside as NAME.damaged.

        Raises:
            ArtefactError: Neither can be trusted, or they contradict each other.
        """
        with refusing(f"models folder {self.root}", _UNRESTORED), locked(self.root):
            return restore(self.root)

    def _verdict(self, version: str, champion: str | None, gate: Gate) -> Verdict:
        before = None if champion is None else self.evidence(champion)
        return gate(self.evidence(version), before)

    def _optional(self, name: str, path: str) -> str | None:
        manifest = self.manifest(name)
        if path not in manifest.files:
            return None
        with refusing(f"model {manifest.version}, {path}"):
            return read_recorded(self.root, manifest, path).decode()

    def _holds(self, version: str) -> bool:
        folder = self.root / version
        return (
            is_version_name(version) and not folder.is_symlink() and (folder / MANIFEST).is_file()
        )


def _judged(entry: Promotion, verdict: Verdict, forced: str | None) -> Promotion:
    """The entry with what the gate said, and with what overrides it where it refused."""
    if forced is not None:
        check_line("the reason to force it", forced)
    if not verdict.passed and forced is None:
        raise PromotionRefusedError(entry.version, verdict)
    return replace(entry, gate=verdict, forced=None if verdict.passed else forced)


def _in_brief(scores: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the log keeps of a version's scores, the manifest has all: those of all figures."""
    return {"pooled": scores["pooled"]} if "pooled" in scores else scores
