"""`recycler serve` with the sample model, run as a program by served.py."""

import os

import web_samples

from recycler import web
from recycler.settings import Settings
from recycler.web import server

if __name__ == "__main__":
    server.create_app = lambda settings, **options: web.create_app(
        settings, web_samples.loaded(), **options
    )
    server.serve(Settings.from_environment(os.environ))
