"""The service without its model: the same server, Flask and schemas; a batch is written back.

    python benchmarks/serving/echo_service.py [--port 8001] [--workers 2]

What it answers costs what any service built like this costs before it computes anything. It counts
no intake and no lines, for there is nothing that was estimated.
"""

import argparse
import os
from dataclasses import replace

from recycler.batch import Batch
from recycler.settings import Settings
from recycler.web import create_app
from recycler.web.process.memory import settle
from recycler.web.process.metrics import Metrics
from recycler.web.server import Server, serve


class Echo:
    """Stands where the model stands."""

    version = "echo"

    def estimate(self, batch: Batch) -> Batch:
        """Give the batch back."""
        return batch


class EchoServer(Server):
    """The server of `recycler serve` with Echo in place of the champion."""

    def load(self):
        """Build the application, in the worker."""
        Metrics.estimated = lambda _metrics, _batch: None
        app = create_app(self.settings, Echo())
        settle()
        return app


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--port", type=int, default=8001)
    parser.add_argument("--workers", type=int, default=2)
    options = vars(parser.parse_args())
    settings = replace(Settings.from_environment(os.environ), intake=False, **options)
    serve(settings, EchoServer)


if __name__ == "__main__":
    main()
