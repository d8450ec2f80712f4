"""Which batch an answer is of, and which model gave it."""

from dataclasses import fields
from hashlib import sha256
from operator import attrgetter

import orjson

from recycler.batch import Batch, LineItem
from recycler.estimate.values import Estimate, ModelReference, Prediction

_OF_LINE = attrgetter(*(field.name for field in fields(LineItem)))
_OF_BATCH = attrgetter(*(field.name for field in fields(Batch) if field.name != "items"))


def identify(batch: Batch, version: str, *further: str) -> str:
    """Digest of what was asked and which model version answers: 32 hexadecimal digits.

    The same batch and version give the same id; anything that could change the answer changes it.

    Args:
        batch: The batch.
        version: The model version.
        further: What else was asked, where it is more than an estimate.
    """
    asked = [version, *further, _OF_BATCH(batch), list(map(_OF_LINE, batch.items))]
    written = orjson.dumps(asked, default=dict, option=orjson.OPT_SERIALIZE_NUMPY)
    return sha256(written).hexdigest()[:32]


def answer(batch: Batch, prediction: Prediction, model: ModelReference) -> Estimate:
    """Put the id, the batch's own words and the model's reference to a prediction."""
    return Estimate(
        estimate_id=identify(batch, model.version),
        batch_id=batch.batch_id,
        level=batch.level,
        route=batch.route,
        model=model,
        totals=prediction.totals,
        items=prediction.items,
        losses=prediction.losses,
        notes=prediction.notes,
    )
