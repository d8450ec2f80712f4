"""A batch out of a file: JSON as the HTTP service takes it, or CSV of line items."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import click

from recycler.batch import Batch, FieldError, InvalidBatchError
from recycler.cli.failures import InvalidInputError, invalid_input
from recycler.cli.line_items import LineItems, TableInputError, read_line_items
from recycler.settings import Settings
from recycler.web.input.json_input import MalformedError, read_json
from recycler.web.input.schemas import parse_batch


@dataclass(frozen=True, slots=True)
class BatchInput:
    """One input that should hold a batch.

    Attributes:
        name: What messages call the input.
        data: Its bytes.
        is_csv: Whether it is a table of line items, else a JSON document.
        options: Members of the batch that options set, such as `level`; they override the input.
    """

    name: str
    data: bytes
    is_csv: bool
    options: Mapping[str, Any]

    @classmethod
    def of_file(cls, file: str, form: str | None, **options: Any) -> Self:
        """Take in a file, or standard input for `-`.

        Args:
            file: What the command was given.
            form: `json` or `csv`; None leaves it to the ending of the file's name.
            options: Members of the batch; None where an option was not given.
        """
        with click.open_file(file, "rb") as stream:
            data = stream.read()
        return cls(
            name="standard input" if file == "-" else file,
            data=data,
            is_csv=(form or Path(file).suffix.lower()[1:]) == "csv",
            options={name: value for name, value in options.items() if value is not None},
        )

    @contextmanager
    def read(self, settings: Settings) -> Iterator[Batch]:
        """The batch; what is wrong with it, also found later inside, is said in the input's words.

        Raises:
            InvalidInputError: The input holds no batch that can be estimated.
        """
        try:
            table = read_line_items(self.data) if self.is_csv else None
            document = table.document if table else self.data
            try:
                yield parse_batch(self._with_options(document, settings), settings)
            except InvalidBatchError as error:
                raise self._refusal(error.errors, table) from error
        except (TableInputError, MalformedError) as error:
            raise InvalidInputError(
                f"{self.name}: {str(error).rstrip('.')}.{self._hint()}"
            ) from error

    def _with_options(self, document: bytes, settings: Settings) -> bytes:
        """The document as it would be had its sender known the options."""
        if not self.options:
            return document
        batch = read_json(document, settings.max_json_depth)
        return json.dumps({**batch, **self.options}).encode() if type(batch) is dict else document

    def _refusal(
        self, errors: tuple[FieldError, ...], table: LineItems | None
    ) -> InvalidInputError:
        return invalid_input(
            self.name, [f"{self._place(error.pointer, table)}: {error.message}" for error in errors]
        )

    def _place(self, pointer: str, table: LineItems | None) -> str:
        """Where the sender finds what a JSON Pointer names."""
        if pointer[1:] in self.options:
            return f"--{pointer[1:].replace('_', '-')}"
        return (table.place(pointer) if table else pointer) or "the batch"

    def _hint(self) -> str:
        looks_like_json = self.data.lstrip()[:1] in (b"{", b"[", b"")
        return "" if self.is_csv or looks_like_json else " Is it CSV? Then say --format csv."
