"""The `bangfu` command. Other packages add commands to it: an entry point each, in the group `bangfu.commands`."""

from __future__ import annotations

from importlib.metadata import entry_points

import typer

from bangfu.cli import (
    campaigns,
    data,
    doctor,
    duties,
    household,
    income_plans,
    people,
    policy,
    push,
    quality,
    reconcile,
    unmaskings,
    watch,
)
from bangfu.cli.console import fail

GROUP = "bangfu.commands"
COMPANIONS = {
    "up": "bangfu-local",
    "demo": "bangfu-local",
    "year": "bangfu-local",
    "generate": "bangfu-county",
    "backup": "bangfu-backup",
    "restore": "bangfu-backup",
    "resume": "bangfu-backup",
    "dead-letters": "bangfu-backup",
}
"""Commands of Bangfu's other packages, so that the command can say what to install for them."""


def build() -> typer.Typer:
    """The command with everything that is installed here; each entry point names a function with bilingual help."""
    app = typer.Typer(
        name="bangfu",
        help="帮扶:防止返贫动态监测和帮扶 / Bangfu: no household falls back into poverty unseen",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_show_locals=False,
    )
    app.command("push")(push.push)
    app.command("watch")(watch.watch)
    app.command("duties")(duties.duties)
    app.command("income-plans")(income_plans.income_plans)
    app.command("quality")(quality.quality)
    app.command("reconcile")(reconcile.reconcile)
    app.command("proposals")(policy.proposals)
    app.command("unmaskings")(unmaskings.unmaskings)
    app.command("quota-alerts")(unmaskings.quota_alerts)
    app.command("login")(people.login)
    app.command("logout")(people.logout)
    app.command("whoami")(people.whoami)
    app.command("doctor")(doctor.doctor)
    app.add_typer(data.importing, name="import")
    app.add_typer(campaigns.campaigns, name="campaigns")
    app.add_typer(household.household, name="household")
    installed = {point.name: point for point in entry_points(group=GROUP)}
    for name, point in installed.items():
        app.command(name)(point.load())
    for name, package in COMPANIONS.items():
        if name not in installed:
            _stand_in(app, name, package)
    return app


def _stand_in(app: typer.Typer, name: str, package: str) -> None:
    """Register a command that takes whatever it is given and says what to install."""

    def missing() -> None:
        fail(f"未安装 {package} / {package} is not installed: bangfu {name}", f"pip install {package}", code=2)

    anything = {"ignore_unknown_options": True, "allow_extra_args": True}
    app.command(name, help=f"需安装 {package} / needs {package}", context_settings=anything)(missing)


app = build()

__all__ = ["app"]
