"""`bangfu login`, `bangfu logout`, `bangfu whoami`: a person acts, not the application."""

from __future__ import annotations

import asyncio
import webbrowser
from collections.abc import Mapping
from typing import Annotated, Any

import httpx
import typer

from bangfu.cli.console import (
    ClientId,
    ClientSecret,
    CredentialsFile,
    Target,
    Url,
    err,
    fail,
    in_china,
    out,
    run,
    session_file,
    table_of,
    target_of,
)
from bangfu.cli.loopback import listening
from bangfu.sdk import ActingAs, BadRequest, Bangfu, BangfuProblem, IssuerAway, Session, SignedIn
from bangfu.sdk.people import Me
from bangfu.sdk.sign_in import CodeFlow, Issuer, Tokens

_WAIT_S = 300.0
_SEVERAL_TERMS = "gateway.sign_in.several_terms"


def login(
    issuer: Annotated[
        str | None, typer.Option(envvar="BANGFU_ISSUER", help="登录系统地址 / address of the OIDC issuer")
    ] = None,
    app: Annotated[
        str, typer.Option(envvar="BANGFU_APP", help="本程序在登录系统中的名称 / this application at the issuer")
    ] = "bangfu-app",
    term: Annotated[str | None, typer.Option(help="以哪项任职办理 / id of the term to act under")] = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="只显示网址,不打开浏览器 / print the address, open no browser")
    ] = False,
    url: Url = None,
    client_id: ClientId = None,
    client_secret: ClientSecret = None,
    credentials: CredentialsFile = None,
) -> None:
    """本人登录 / Sign in as a person, in the browser; then `--as-me` makes commands act for you."""
    target = target_of(url, client_id, client_secret, credentials, default="bureau")
    run(_login(target, issuer, app, term, may_browse=not no_browser))


def logout() -> None:
    """退出登录 / Sign out: forget the session here and end it at the issuer."""
    file = session_file()
    if file.load() is None:
        out.print("未登录 / nobody was signed in")
        return

    async def leave() -> None:
        try:
            is_told = await SignedIn(file).sign_out()
        except IssuerAway as away:
            is_told = False
            err.print(f"[yellow]登录系统没有应答 / no answer from the issuer[/yellow]  [dim]{away}[/dim]")
        out.print("已退出 / signed out" if is_told else "本机已退出 / signed out on this machine")

    run(leave())


def whoami(
    url: Url = None,
    client_id: ClientId = None,
    client_secret: ClientSecret = None,
    credentials: CredentialsFile = None,
) -> None:
    """查看登录身份 / Show who is signed in: the person, the term, until when."""
    target = target_of(url, client_id, client_secret, credentials, default="bureau", as_me=True)
    run(_whoami(target))


async def _login(target: Target, issuer: str | None, app: str, term: str | None, *, may_browse: bool) -> None:
    file = session_file()
    known = file.load()
    is_same = known is not None and term is not None and issuer in (None, known.issuer)
    if known is not None and is_same:  # only the term is another one: nobody needs to sign in again
        session = known.model_copy(update={"appointment_id": term, "url": target.url, "client_id": target.client_id})
    elif issuer is None:
        fail(
            "缺少登录系统地址 / the issuer's address is missing",
            "请用 --issuer 或 BANGFU_ISSUER 指明 / name it by --issuer or BANGFU_ISSUER",
            code=2,
        )
    else:
        session = Session(
            issuer=issuer, app=app, url=target.url, client_id=target.client_id, appointment_id=term,
            access_token="", expires_at=0,
        ).with_tokens(await _signed_in(issuer, app, may_browse=may_browse))  # fmt: skip
    file.save(session)
    try:
        await _whoami(target.as_person())
    except BadRequest as refused:
        if refused.code == _SEVERAL_TERMS:
            _choose(refused.extensions.get("terms", []))
        if known is not None and is_same:
            file.save(known)
        else:
            file.remove()
        raise


async def _signed_in(issuer: str, app: str, *, may_browse: bool) -> Tokens:
    async with httpx.AsyncClient(timeout=30) as http:
        flow = CodeFlow(Issuer(http, issuer, app))
        async with listening(flow.is_mine) as loopback:
            address = await flow.address(loopback.address)
            out.print("请在浏览器中登录 / sign in with your browser:")
            out.print(address, soft_wrap=True, markup=False, highlight=False)
            if may_browse:
                await asyncio.to_thread(webbrowser.open, address)
            try:
                async with asyncio.timeout(_WAIT_S):
                    answered = await loopback.answer
            except TimeoutError:
                fail("登录超时 / nobody signed in in time", "请重新运行 bangfu login / run bangfu login again")
            return await flow.redeem(answered)


# Any: terms as the gateway lists them.
def _choose(terms: list[Mapping[str, Any]]) -> None:
    headings = ("编号 / id", "岗位 / role", "区划 / area", "网格 / grid", "至 / until")
    rows = [
        [str(each.get(name) or "") for name in ("appointment_id", "role", "area_code", "grid", "last_on")]
        for each in terms
    ]
    out.print(table_of("您有多项任职 / You have several terms", headings, rows))
    fail("请选择一项任职 / choose one", "bangfu login --term <编号 / id>")


async def _whoami(target: Target) -> None:
    async with target.open() as bangfu:
        acting = await bangfu.acting_as()
        me = await _me(bangfu)
    out.print(table_of("登录身份 / Signed in", ("项目 / what", ""), _rows(acting, me)))


async def _me(bangfu: Bangfu) -> Me:
    try:
        return await bangfu.me()
    except BangfuProblem:  # an application may have too few scopes for it
        return Me()


def _rows(acting: ActingAs, me: Me) -> list[tuple[str, str]]:
    mine = (acting.role, acting.areas, acting.grid)
    term = next((each for each in me.terms if (each.role, [each.area_code], each.grid) == mine), None)
    rows = [
        ("姓名 / name", me.name or ""),
        ("单位 / unit", me.unit or ""),
        ("人员 / person", acting.person or ""),
        ("岗位 / role", acting.role or ""),
        ("区划 / area", " ".join(acting.areas)),
        ("网格 / grid", acting.grid or ""),
        ("部门 / department", acting.department or ""),
        ("任职 / term", acting.appointment_id or ""),
        ("任期至 / term until", str(term.last_on or "") if term else ""),
        ("今日尚可查看未脱敏信息 / looks left today", f"{me.looks.left} / {me.looks.per_day}" if me.looks else ""),
        ("接入方 / application", acting.client_id),
        ("令牌至 / token until", in_china(acting.until)),
    ]
    return [(name, value) for name, value in rows if value]
