"""`recycler data`: what the published tables hold."""

import click

EPILOG = """\b
Example:
  recycler data > data.md
"""


@click.command(short_help="Report what the published tables hold.", epilog=EPILOG)
def command() -> None:
    """Print the page on the data, Markdown.

    It counts rows and independent sources by category and factor, and says what is missing.
    """
    from recycler.reference import load_tables
    from recycler.reference.report import markdown

    click.echo(markdown(load_tables()), nl=False)
