"""A service of an installation from the wheel."""

import click

from edged.cli.terminal import errors_told


@click.command(name="install-service")
@click.option("--remove", is_flag=True, help="Take the service away; data and configuration stay.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
def install_service(*, remove: bool, dry_run: bool) -> None:
    """Make a systemd service of this edged (pipx, uv tool); the Debian package brings its own."""
    from edged import install_service as service

    with errors_told():
        if not dry_run:
            service.check_place()
        if remove:
            acts = service.remove_acts()
        else:
            installed = service.Installed.this()
            if not dry_run:
                service.check_reachable(installed)
            acts = service.install_acts(installed)
        service.carry_out(acts, click.echo, dry_run=dry_run)
