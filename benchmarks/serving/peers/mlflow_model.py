"""recycler's champion as a model of MLflow: rows of a data frame are the lines of one batch.

What a row says is checked by recycler's own schema, and the answer is recycler's own document.
"""

import os
from pathlib import Path

import mlflow
import orjson
from mlflow.pyfunc import PythonModel

from recycler.registry import Registry
from recycler.settings import Settings
from recycler.web.answers.documents import dump
from recycler.web.input.line_rules import build_batch
from recycler.web.input.schemas import schema_of


class Champion(PythonModel):
    """Answers one batch in each call."""

    def load_context(self, context) -> None:  # noqa: ARG002  (MLflow's signature)
        """Load the champion of the models folder."""
        self.settings = Settings.from_environment(os.environ)
        self.schema = schema_of(self.settings)
        self.model = Registry(self.settings.models or Path("models")).load()

    def predict(self, context, model_input, params=None):  # noqa: ARG002  (MLflow's signature)
        """Estimate the batch; gives one document."""
        sent = {**params, "items": [told(row) for row in model_input.to_dict("records")]}
        batch = build_batch(self.schema.load(sent), self.settings.plant)
        return [orjson.loads(dump(self.model.estimate(batch)))]


def told(row: dict) -> dict:
    """What a row tells: pandas fills what a line leaves out with NaN, which equals nothing."""
    return {name: value for name, value in row.items() if value == value and value is not None}


mlflow.models.set_model(Champion())
