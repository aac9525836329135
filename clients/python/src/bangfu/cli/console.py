"""What the commands share: where the gateway is, who calls, how failures are told."""

from __future__ import annotations

import asyncio
import inspect
import json
import os
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from bangfu.sdk import (
    Bangfu,
    BangfuError,
    BangfuProblem,
    IssuerAway,
    NoAnswer,
    SessionFile,
    SignedIn,
    SignInFailed,
    Unauthorised,
)
from bangfu.sdk.retries import Retries

T = TypeVar("T")

_CHINA = timezone(timedelta(hours=8))  # one zone, no summer time: nothing to look up in a table

out = Console()
err = Console(stderr=True)

VARIABLES = {
    "BANGFU_DATA_DIR": ("build/bangfu", "本机系统的数据目录 / data directory of `bangfu up`"),
    "BANGFU_CONFIG_DIR": (
        "~/.config/bangfu",
        "登录会话的目录,仅本人可读 / directory of the session of whoever is signed in, readable by its owner only",
    ),
    "BANGFU_PATIENCE_S": ("60", "没有应答时坚持多少秒 / seconds to go on while nothing answers"),
}
"""What is read from the environment beside the options: name, default and meaning."""


def _variable(name: str) -> str:
    return os.environ.get(name, VARIABLES[name][0])


DATA_DIR = Path(_variable("BANGFU_DATA_DIR"))
"""Where `bangfu up` keeps its data unless told otherwise."""

Url = Annotated[
    str | None, typer.Option("--url", envvar="BANGFU_URL", help="网关地址 / address of the gateway", show_default=False)
]
ClientId = Annotated[
    str | None, typer.Option("--client-id", envvar="BANGFU_CLIENT_ID", help="客户端 / client", show_default=False)
]
ClientSecret = Annotated[
    str | None,
    typer.Option(
        "--client-secret",
        envvar="BANGFU_CLIENT_SECRET",
        help="密钥;最好用环境变量 / secret; better given in the environment",
        show_default=False,
    ),
]
CredentialsFile = Annotated[
    Path | None,
    typer.Option(
        "--credentials",
        envvar="BANGFU_CREDENTIALS",
        help="凭据文件 / credentials file",
        show_default=str(DATA_DIR / "credentials.json"),
    ),
]
AsMe = Annotated[
    bool,
    typer.Option(
        "--as-me", envvar="BANGFU_AS_ME", help="以登录的本人办理(先 bangfu login) / act for whoever is signed in"
    ),
]


@dataclass(frozen=True)
class Target:
    """A gateway and a client to call it as, for itself or for whoever is signed in."""

    url: str
    client_id: str
    client_secret: str
    is_person: bool = False

    def as_person(self) -> Target:
        """The same for whoever is signed in."""
        return replace(self, is_person=True)

    def open(self) -> Bangfu:
        """An SDK client; the caller closes it. BANGFU_PATIENCE_S says how long to go on while nothing answers."""
        retries = Retries(patience_s=float(_variable("BANGFU_PATIENCE_S")))
        bangfu = Bangfu(self.url, self.client_id, self.client_secret, retries=retries)
        return bangfu.act_for(SignedIn(session_file())) if self.is_person else bangfu


def session_file() -> SessionFile:
    """Where the session of whoever is signed in is kept."""
    return SessionFile(Path(_variable("BANGFU_CONFIG_DIR")).expanduser() / "session.json")


def target_of(
    url: str | None,
    client_id: str | None,
    client_secret: str | None,
    credentials: Path | None,
    *,
    default: str,
    as_me: bool = False,
) -> Target:
    """Decide gateway and client: options and environment first, then the session, then the file of `bangfu up`.

    Args:
        default: Client taken from the file when none is named.
        as_me: Act for whoever is signed in, by the gateway and the application that the session was made with.

    Raises:
        typer.Exit: with 2 and an explanation, if something is missing.
    """
    path = credentials or DATA_DIR / "credentials.json"
    known: dict[str, Any] = {}
    if path.exists():
        known = json.loads(path.read_text(encoding="utf-8"))
    if as_me:
        session = session_file().load()
        if session is None:
            fail("尚未登录 / nobody is signed in", "bangfu login", code=2)
        url, client_id = url or session.url, client_id or session.client_id
    url = url or known.get("url")
    client_id = client_id or default
    client_secret = client_secret or known.get("clients", {}).get(client_id)
    if not url or not client_secret:
        missing = "网关地址 / gateway address" if not url else f"客户端 {client_id} 的密钥 / secret of this client"
        fail(
            f"缺少{missing}",
            "先运行 bangfu up,或设置 BANGFU_URL、BANGFU_CLIENT_ID、BANGFU_CLIENT_SECRET。\n"
            "Run bangfu up first, or set BANGFU_URL, BANGFU_CLIENT_ID and BANGFU_CLIENT_SECRET.",
            code=2,
        )
    return Target(url, client_id, client_secret, is_person=as_me)


_CALLER = tuple(
    inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
    for name, annotation, default in (
        ("url", Url, None),
        ("client_id", ClientId, None),
        ("client_secret", ClientSecret, None),
        ("credentials", CredentialsFile, None),
        ("as_me", AsMe, False),
    )
)


def calling(default: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options that say which gateway to call and as whom; it is given their `Target` first.

    Args:
        default: Client taken from the file of `bangfu up` when none is named.
    """

    def options_of(command: Callable[..., None]) -> Callable[..., None]:
        _, *own = inspect.signature(command, eval_str=True).parameters.values()

        def called(**given: Any) -> None:
            caller = {parameter.name: given.pop(parameter.name) for parameter in _CALLER}
            command(target_of(**caller, default=default), **given)

        parameters = [*(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own), *_CALLER]
        called.__name__, called.__doc__ = command.__name__, command.__doc__
        called.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        called.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        return called

    return options_of


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's work; known failures become a message and exit code 1, Ctrl-C 130."""
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    except BangfuError as error:
        show(error)
        raise typer.Exit(1) from None


def fail(what: str, advice: str = "", *, code: int = 1) -> NoReturn:
    """Say on standard error what is wrong and what to do, and end the command.

    Raises:
        typer.Exit: always, with `code`.
    """
    err.print(f"[red]{escape(what)}[/red]", highlight=False)
    if advice:
        err.print(f"→ {escape(advice)}", highlight=False)
    raise typer.Exit(code)


def table_of(title: str, headings: Iterable[str], rows: Iterable[Sequence[str]]) -> Table:
    """A table whose long cells are folded; cells are markup."""
    table = Table(*(Column(heading, overflow="fold") for heading in headings), title=title)
    for row in rows:
        table.add_row(*row)
    return table


def in_china(instant: datetime) -> str:
    """An instant as people in the county read it, with the zone said."""
    return f"{instant.astimezone(_CHINA):%Y-%m-%d %H:%M}(UTC+8)"


def show(error: BangfuError) -> None:
    """Say what went wrong and what to do, on standard error."""
    match error:
        case BangfuProblem():
            heading = error.title or error.detail or "请求被拒绝 / refused"
            err.print(f"[red]{escape(heading)}[/red]  [dim]{error.status} {error.code}[/dim]")
            if error.title and error.detail:
                err.print(escape(error.detail))
            for field in error.errors[:20]:
                err.print(f"  {escape(field.pointer)}  [yellow]{field.code}[/yellow]  {escape(field.detail)}")
            if error.advice:
                err.print(f"→ {escape(error.advice)}")
            elif isinstance(error, Unauthorised):
                err.print("→ 请检查客户端和密钥 / check the client id and secret")
        case IssuerAway():
            err.print(f"[red]登录系统没有应答 / no answer from the issuer[/red]  [dim]{escape(str(error))}[/dim]")
            err.print("→ 请稍后再试,或联系登录系统的管理员 / try again later, or ask who runs the issuer")
        case NoAnswer():
            err.print(f"[red]网关没有应答 / no answer from the gateway[/red]  [dim]{escape(str(error))}[/dim]")
            err.print("→ 运行 bangfu doctor 查看原因 / run bangfu doctor to see why")
        case SignInFailed():
            err.print(f"[red]{escape(str(error))}[/red]")
            err.print("→ 请重新登录:bangfu login / sign in again: bangfu login")
        case _:
            err.print(f"[red]{escape(str(error))}[/red]")
