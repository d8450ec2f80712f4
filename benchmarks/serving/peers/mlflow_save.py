"""Save the model of mlflow_model.py where `mlflow models serve` takes it from.

python mlflow_save.py FOLDER
"""

import sys
from pathlib import Path

from mlflow.models import ModelSignature
from mlflow.pyfunc import save_model
from mlflow.types import ParamSchema, ParamSpec

if __name__ == "__main__":
    save_model(
        sys.argv[1],
        python_model=str(Path(__file__).with_name("mlflow_model.py")),
        pip_requirements=[],
        signature=ModelSignature(
            params=ParamSchema(
                [
                    ParamSpec("batch_id", "string", "batch"),
                    ParamSpec("route", "string", "hydrometallurgy"),
                    ParamSpec("level", "double", 0.9),
                    ParamSpec("collected_year", "long", 2026),
                ]
            )
        ),
    )
