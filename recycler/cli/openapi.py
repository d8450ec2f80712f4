"""`recycler openapi`: the HTTP contract for machines."""

import click

EPILOG = """\b
Example:
  recycler openapi > openapi.json
"""


@click.command(short_help="Print the OpenAPI document of the HTTP service.", epilog=EPILOG)
def command() -> None:
    """Print the OpenAPI 3.1 document of the HTTP service, as /openapi.json serves it."""
    import orjson

    from recycler.cli.options import settings_with
    from recycler.web import openapi_document

    click.echo(orjson.dumps(openapi_document(settings_with()), option=orjson.OPT_INDENT_2))
