"""The portal's pages."""

from __future__ import annotations

from html import escape
from importlib.resources import files
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse

from gateway.portal import texts
from gateway.portal.problems import ProblemUnknown
from servicekit.auth import public
from servicekit.problems import responses

router = APIRouter(tags=["portal 开发者门户"], dependencies=[public("documentation")])

# The page needs its own inline script and style and nothing from anywhere else.
_PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


@router.get("/docs", response_class=HTMLResponse, include_in_schema=False)
async def docs() -> HTMLResponse:
    """The API, readable without any other site."""
    return HTMLResponse((files("gateway.portal") / "docs.html").read_text(encoding="utf-8"), headers=_PAGE_HEADERS)


@router.get("/problems")
async def list_problems(request: Request, accept: Annotated[str, Header()] = "") -> Response:
    """Every problem of every service; an HTML table for browsers."""
    found: dict[str, dict[str, Any]] = request.app.state.portal.problems()
    if "text/html" not in accept:
        return JSONResponse({"items": list(found.values())})
    rows = "".join(
        f"<tr><td><a href='/problems/{escape(code)}'><code>{escape(code)}</code></a></td>"
        f"<td>{item.get('status', '')}</td><td>{escape(str(item.get('title', '')))}</td>"
        f"<td>{escape(str(item.get('advice', '')))}</td></tr>"
        for code, item in found.items()
    )
    heads = "".join(f"<th>{texts.FIELDS[name]}</th>" for name in ("code", "status", "title", "advice"))
    return _page(texts.PROBLEMS, f"<table><tr>{heads}</tr>{rows}</table>")


@router.get(
    "/problems/{code}", responses=responses(ProblemUnknown)
)  # fmt: skip
async def read_problem(code: str, request: Request, accept: Annotated[str, Header()] = "") -> Response:
    """What it means and what to do."""
    item = request.app.state.portal.problems().get(code)
    if item is None:
        raise ProblemUnknown("no problem has this code")
    if "text/html" not in accept:
        return JSONResponse(item)
    body = "".join(
        f"<dt>{label}</dt><dd>{escape(str(item.get(name, '')))}</dd>"
        for name, label in texts.FIELDS.items()
        if item.get(name)
    )
    return _page(f"{item.get('title', code)}", f"<dl>{body}</dl><p><a href='/problems'>{texts.ALL}</a></p>")


def _page(title: str, body: str) -> HTMLResponse:
    style = (
        "body{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}"
        "td,th{padding:.3em .6em;text-align:left;border-bottom:1px solid #ddd;vertical-align:top}"
        "dt{font-weight:bold}"
    )
    page = (
        "<!doctype html><html lang='zh-CN'><meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
        f"<title>{escape(title)}</title><style>{style}</style><h1>{escape(title)}</h1>{body}</html>"
    )
    return HTMLResponse(page, headers=_PAGE_HEADERS)
