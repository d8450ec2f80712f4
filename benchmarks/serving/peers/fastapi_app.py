"""The same estimate as a plain FastAPI application: pydantic reads, orjson writes.

    uvicorn --app-dir benchmarks/serving/peers fastapi_app:app

`POST /v1/estimates` answers what recycler answers, `POST /v1/echo` writes the batch back. All of it
is computing, so the views are coroutines: a pool of threads would only cost. It does less than
recycler: no names that stand twice, no fields that contradict each other, no request ids, metrics,
intake or promotions.
"""

import os
from pathlib import Path
from typing import Annotated, Final, Literal

import orjson
from fastapi import FastAPI, Response
from pydantic import BaseModel, ConfigDict, Field

from recycler.batch import Assay, Batch, DeclaredMagnet, FeedState, LineItem, MagnetType, Reading
from recycler.reference import load_tables
from recycler.registry import Registry
from recycler.settings import Settings
from recycler.web.answers.documents import dump

SETTINGS: Final = Settings.from_environment(os.environ)
MODEL: Final = Registry(SETTINGS.models or Path("models")).load()
TABLES: Final = load_tables()

Percent = Annotated[float, Field(ge=0, le=100)]
Limit = Annotated[str, Field(pattern=r"^<\s*[0-9]{1,3}(\.[0-9]{1,12})?$")]
ShortText = Annotated[str, Field(min_length=1, max_length=128)]
Kilograms = Annotated[float, Field(ge=1e-9, le=SETTINGS.max_mass_kg)]
Year = Annotated[int, Field(ge=1950, le=2100)]


class Strict(BaseModel):
    """Nothing is converted, and no unknown field is passed over."""

    model_config = ConfigDict(extra="forbid")


class MagnetIn(Strict):
    """What a label says of the magnets."""

    type: MagnetType | None = None
    mass_g: Annotated[float, Field(gt=0)] | None = None
    grade: ShortText | None = None
    composition: dict[str, Percent] = {}


class AssayIn(Strict):
    """Analyses of sampled magnets."""

    samples: Annotated[list[dict[str, Percent | Limit]], Field(min_length=1, max_length=1000)]


class LineIn(Strict):
    """Pieces of one kind."""

    category: Literal[tuple(TABLES.categories)]
    subtype: ShortText | None = None
    count: Annotated[int, Field(ge=1, le=SETTINGS.max_count)] | None = None
    mass_kg: Kilograms | None = None
    year: Year | None = None
    unit_mass_kg: Kilograms | None = None
    rated_power_kw: Annotated[float, Field(ge=1e-6, le=1e5)] | None = None
    state: FeedState | None = None
    magnet: MagnetIn | None = None
    assay: AssayIn | None = None
    line_id: ShortText | None = None


class BatchIn(Strict):
    """A batch."""

    items: Annotated[list[LineIn], Field(min_length=1, max_length=SETTINGS.max_items)]
    route: Literal[tuple(TABLES.routes)] = "hydrometallurgy"
    level: Annotated[float, Field(ge=0.01, le=0.99)] = 0.9
    collected_year: Year | None = None
    batch_id: ShortText | None = None
    plant: ShortText = SETTINGS.plant


app = FastAPI(openapi_url=None)


@app.get("/readyz")
async def ready() -> Response:
    """Say that the model is there."""
    return Response()


@app.post("/v1/estimates")
async def estimate(sent: BatchIn) -> Response:
    """Answer as recycler does."""
    return Response(dump(MODEL.estimate(batch_of(sent))), media_type="application/json")


@app.post("/v1/echo")
async def echo(sent: BatchIn) -> Response:
    """Write the batch back."""
    return Response(orjson.dumps(batch_of(sent)), media_type="application/json")


def batch_of(sent: BatchIn) -> Batch:
    """The batch that the model takes."""
    return Batch(**dict(sent) | {"items": tuple(map(line_of, sent.items))})


def line_of(sent: LineIn) -> LineItem:
    """One line of it."""
    nested = {"magnet": magnet_of(sent.magnet), "assay": assay_of(sent.assay)}
    return LineItem(**dict(sent) | nested)


def magnet_of(sent: MagnetIn | None) -> DeclaredMagnet | None:
    """What is declared of its magnets, with the class that the grade tells."""
    from recycler.model.lines.line_facts import class_of

    if sent is None:
        return None
    fractions = {element: percent / 100 for element, percent in sent.composition.items()}
    told = dict(sent) | {"composition": fractions}
    return DeclaredMagnet(**told, coercivity_class=class_of(DeclaredMagnet(**told)))


def assay_of(sent: AssayIn | None) -> Assay | None:
    """Its analyses."""
    if sent is None:
        return None
    return Assay(tuple({e: reading_of(figure) for e, figure in s.items()} for s in sent.samples))


def reading_of(figure: float | str) -> Reading:
    """One figure of an analysis."""
    if isinstance(figure, str):
        return Reading(float(figure[1:]) / 100, below_detection=True)
    return Reading(figure / 100)
