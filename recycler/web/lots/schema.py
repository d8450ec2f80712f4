"""The gate for measured lots: what a lot may say, and the way from bytes to a MeasuredLot.

A lot is a line item with what was found in it. The fields of the line are those of a batch's
lines; only `assay` is not there, since what was analysed are the lot's own `samples`.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

import marshmallow as ma

from recycler.batch import FieldError
from recycler.lot import MeasuredLot
from recycler.reference import load_tables
from recycler.settings import Settings
from recycler.web.input.fields import Day, Digest, Kilograms, Name, Number, Whole
from recycler.web.input.json_input import read_json
from recycler.web.input.pointers import field_errors
from recycler.web.input.schemas import (
    LONGEST_TEXT,
    SMALLEST_G,
    YEARS,
    line_fields,
    samples_field,
    words,
)
from recycler.web.input.strict_schema import StrictSchema, strict_schema
from recycler.web.lots.lot_rules import build_lot

EXAMPLE: Final[dict[str, Any]] = {
    "lot_id": "2026-0417",
    "plant": "north",
    "date": "2026-11-27",
    "method": "ICP-OES",
    "category": "motor",
    "subtype": "ev_traction_motor",
    "count": 40,
    "rated_power_kw": 110,
    "state": "dismantled",
    "samples": [
        {"Nd": 22.8, "Pr": 6.1, "Dy": 3.9, "Tb": "<0.05"},
        {"Nd": 23.4, "Pr": 5.8, "Dy": 4.2, "Tb": "<0.05"},
    ],
    "magnet_mass_g": 1480,
    "weighed": 5,
    "route": "hydrometallurgy",
    "recovered_kg": {"Nd": 11.2, "Pr": 2.9, "Dy": 1.8},
}
"""A lot as a plant would write it; made up."""


class InvalidLotError(ValueError):
    """The document is no lot that could have been measured; `errors` names every wrong field."""

    def __init__(self, errors: Iterable[FieldError]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(f"{e.pointer}: {e.message}" for e in self.errors))


def parse_lot(document: bytes, settings: Settings) -> MeasuredLot:
    """Read a lot from a JSON document; one that names no plant is the settings' own.

    Raises:
        MalformedError: The document is not strict JSON.
        InvalidLotError: The document is JSON but no lot; every wrong field is named.
    """
    return read_lot(read_json(document, settings.max_json_depth), settings)


def read_lot(parsed: Any, settings: Settings) -> MeasuredLot:
    """Read a lot from what JSON was parsed to, or a table's rows were put together to.

    Raises:
        InvalidLotError: It is no lot; every wrong field is named.
    """
    try:
        fields = {"plant": settings.plant} | lot_schema(settings).load(parsed)
        return build_lot(fields, load_tables().categories)
    except ma.ValidationError as error:
        raise InvalidLotError(field_errors(error.messages)) from None


@lru_cache(maxsize=8)
def lot_schema(settings: Settings) -> StrictSchema:
    """The schema of a lot for the package's own tables: one object for the same limits."""
    tables = load_tables()
    line = line_fields(tables.categories, settings)
    del line["assay"]
    return strict_schema("Lot", "a lot", {**_about(), **line, **_found(tables.routes, settings)})


def _about() -> dict[str, ma.fields.Field[Any]]:
    """Which lot it is, who measured it, when and how."""
    name = "The plant's name for the lot; one lot of a plant has it."
    plant = "Who measured; else the service's own plant."
    method = "How the samples were analysed or the masses found, such as ICP-OES."
    return {
        "lot_id": Name(LONGEST_TEXT, description=name, required=True),
        "plant": Name(LONGEST_TEXT, description=plant),
        "date": Day(*YEARS, description="Day of the measurement.", required=True),
        "method": Name(LONGEST_TEXT, description=method, required=True),
    }


def _found(routes: Iterable[str], settings: Settings) -> dict[str, ma.fields.Field[Any]]:
    """What was found: at least one of samples, magnet_mass_g and recovered_kg is there."""
    grams = (SMALLEST_G, 1000 * settings.max_mass_kg, "g")
    mean = "Weighed mean mass of all magnets in one piece, in g; of one magnet for magnets."
    recovered = "Metal that the plant won from the whole lot, in kg by element."
    return {
        "samples": samples_field(settings, required=False),
        "magnet_mass_g": Number(*grams, description=mean),
        "weighed": Whole(1, settings.max_count, description="How many pieces were weighed."),
        "route": words("route", routes, "Route that the lot took."),
        "recovered_kg": Kilograms(settings.max_mass_kg, description=recovered),
        "estimate_id": Digest(description="The estimate that the lot answers."),
    }
