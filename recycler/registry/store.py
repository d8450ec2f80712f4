"""The models folder: versions that never change, and aliases that move between them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from recycler.batch import Batch
from recycler.registry.aliases import (
    FILE,
    AliasTable,
    Promotion,
    dump_aliases,
    read_aliases,
)
from recycler.registry.allowed import ALLOWED, Kind, Name
from recycler.registry.errors import ArtefactError, refusing
from recycler.registry.files import create_folder, locked, replace_file
from recycler.registry.golden import Estimator
from recycler.registry.manifest import ASSAYS, CARD, HELD_OUT, MANIFEST, PAGE, Manifest
from recycler.registry.names import ALIASES, CHAMPION, is_version_name
from recycler.registry.opening import (
    STEPS,
    LoadedModel,
    open_version,
    read_recorded,
    read_version_manifest,
)
from recycler.registry.packing import Training, pack

_UNWRITTEN = "nothing was written"
_UNCHANGED = "the aliases stay as they were"
_RESTORE_TABLE = "restore it from a good copy, or remove it and promote a version anew"
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
            ArtefactError: registry.json is damaged.
        """
        return MappingProxyType(dict(self._table().aliases))

    def promotions(self) -> tuple[Promotion, ...]:
        """The log of promotions, oldest first.

        Raises:
            ArtefactError: registry.json is damaged.
        """
        return self._table().promotions

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

    def promote(self, version: str, *, who: str, why: str, alias: str = CHAMPION) -> None:
        """Give an alias to a version that has just proven to load, and log it.

        The champion that is replaced becomes `previous`. Rolling back is promoting
        `resolve("previous")`.

        Args:
            version: The version, by its name.
            who: Who decided, one line.
            why: The reason, one line.
            alias: `champion` or `challenger`.

        Raises:
            ArtefactError: The version does not load or has the alias already; nothing changed.
        """
        scores = _in_brief(self.load(version).manifest.scores)
        with refusing(f"promotion of {version} to {alias}", _UNCHANGED), locked(self.root):
            table = self._table()
            replaced = table.aliases.get(alias)
            promotion = Promotion(version, alias, replaced, who, self._clock(), why, scores)
            replace_file(self.root, FILE, dump_aliases(table.after(promotion)))

    def _optional(self, name: str, path: str) -> str | None:
        manifest = self.manifest(name)
        if path not in manifest.files:
            return None
        with refusing(f"model {manifest.version}, {path}"):
            return read_recorded(self.root, manifest, path).decode()

    def _table(self) -> AliasTable:
        with refusing(f"{self.root / FILE}", _RESTORE_TABLE):
            return read_aliases(self.root)

    def _holds(self, version: str) -> bool:
        folder = self.root / version
        return (
            is_version_name(version) and not folder.is_symlink() and (folder / MANIFEST).is_file()
        )


def _in_brief(scores: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the log keeps of a version's scores, the manifest has all: those of all figures."""
    return {"pooled": scores["pooled"]} if "pooled" in scores else scores
