"""Other ways of serving the same model, in a virtual environment of their own.

`fastapi_app`, `mlflow_model` and `mlflow_save` run in there and are not imported from here.
"""
