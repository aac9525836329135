"""The page of every setting: what services read from the environment, and what each command takes.

Services: their pydantic-settings classes; commands: the options of `bangfu`. A setting without a description in Chinese
and English fails the check (`tests/repo/test_settings_page.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import typer
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from alerts.settings import AlertsSettings
from bangfu.cli import app
from bangfu.cli.console import VARIABLES
from gateway.settings import GatewaySettings
from registry.settings import RegistrySettings
from servicekit.settings import ServiceSettings
from sharing.settings import SharingSettings

SERVICES: tuple[type[ServiceSettings], ...] = (RegistrySettings, SharingSettings, AlertsSettings, GatewaySettings)


def fields_of(settings: type[ServiceSettings]) -> Mapping[str, FieldInfo]:
    """Give the settings that a service has of its own; all of them for the common class."""
    common = ServiceSettings.model_fields
    return {
        name: field
        for name, field in settings.model_fields.items()
        if settings is ServiceSettings or name not in common
    }


def commands(group: Any, path: str = "bangfu") -> Iterator[tuple[str, Any]]:
    """Give each command with the words that call it."""
    children: dict[str, Any] | None = getattr(group, "commands", None)  # Any: typer brings a click of its own
    if children is not None:
        for name, command in children.items():
            yield from commands(command, f"{path} {name}")
    else:
        yield path, group


def options_of(command: Any) -> list[Any]:
    """Give the options of a command, `--help` apart."""
    return [option for option in command.params if option.param_type_name == "option" and option.name != "help"]


def lines() -> Iterator[str]:
    """Give the tables of the page."""
    yield "## 各服务共有 / All services\n"
    yield "`<SERVICE>_` stands for `REGISTRY_`, `SHARING_`, `ALERTS_` or `GATEWAY_`.\n"
    yield from _table("<SERVICE>_", ServiceSettings)
    for settings in SERVICES:
        prefix = str(settings.model_config["env_prefix"])
        yield f"## {prefix.rstrip('_').lower()}\n"
        yield from _table(prefix, settings)
    yield "## bangfu\n"
    yield "| variable | default | what |"
    yield "|---|---|---|"
    for name, (default, what) in VARIABLES.items():
        yield f"| `{name}` | `{default}` | {what} |"
    yield ""
    for path, command in commands(typer.main.get_command(app)):
        yield f"### `{path}`\n"
        yield "| option | variable | default | what |"
        yield "|---|---|---|---|"
        for option in options_of(command):
            yield f"| `{option.opts[0]}` | {_variable(option)} | {_option_default(option)} | {_cell(option.help)} |"
        yield ""


def _table(prefix: str, settings: type[ServiceSettings]) -> Iterator[str]:
    yield "| variable | type | default | what |"
    yield "|---|---|---|---|"
    for name, field in fields_of(settings).items():
        cells = (f"`{prefix}{name.upper()}`", _type(field), _default(field), _cell(field.description))
        yield f"| {' | '.join(cells)} |"
    yield ""


def _type(field: FieldInfo) -> str:
    if field.annotation is SecretStr:
        return "secret"
    written = str(field.annotation)
    if isinstance(field.annotation, type) and not written.startswith(("list", "dict", "frozenset")):
        return field.annotation.__name__
    kind = written.partition("[")[0].removeprefix("typing.")
    shapes = {"list": "list", "frozenset": "list", "dict": "object", "Literal": written.removeprefix("typing.Literal")}
    return shapes.get(kind, written.removeprefix("pathlib.").replace("|", "\\|"))


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value: Any = field.get_default(call_default_factory=True)
    if isinstance(value, frozenset):
        value = sorted(value)
    return "none" if value is None or value == "" else f"`{value}`"


def _variable(option: Any) -> str:
    return f"`{option.envvar}`" if option.envvar else ""


def _option_default(option: Any) -> str:
    shown = option.show_default if isinstance(option.show_default, str) else option.default
    if option.required:
        return "required"
    return "" if shown is None or callable(shown) else f"`{shown}`"


def _cell(text: str | None) -> str:
    return (text or "").replace("|", "\\|").replace("\n", " ")
