"""What a configuration may say."""

import click

from edged.config import reference


@click.group()
def config() -> None:
    """Write an example configuration, its schema, or its reference."""


@config.command()
def example() -> None:
    """Print a complete configuration file."""
    click.echo(reference.example(), nl=False)


@config.command()
def schema() -> None:
    """Print the JSON Schema of the configuration, for editors."""
    click.echo(reference.schema(), nl=False)
