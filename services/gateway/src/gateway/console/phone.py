"""Pages of a plain telephone (F-A17): plain HTML, no script, no style, no picture; each well below 20 kB.

Daily visits and applications stand open all year through these two forms. What is right is the API's to say: a form
is handed to `/v1` as the person who is signed in, with a key of its own, and comes back as it was typed when it is
refused, or when the sign-in was over.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute
from jinja2 import Environment, PackageLoader, StrictUndefined

from contracts.vocabulary import StaffRole
from gateway.console import forms, upstream, words
from gateway.console.oidc import new_secret
from gateway.console.problems import ConsoleClosed, FormForeign
from gateway.console.service import Choosing, Console, Person
from gateway.console.upstream import Said
from servicekit import clock
from servicekit.auth import public
from servicekit.problems import Problem

COOKIE = "__Host-bangfu"
_BEGUN = "__Host-bangfu-sign-in"
_PAGE_ROWS = 20
_SIGNED_OUT = {"title": "登录已过期", "advice": "请重新登录,填写的内容已保留。", "code": "gateway.console.signed_out"}
_NOT_BEGUN = {
    "title": "登录没有完成",
    "advice": "请从首页重新登录。浏览器须允许本站的Cookie。",
    "code": "gateway.console.sign_in_unfinished",
}


class _PageRoute(APIRoute):
    """A route whose refusals are pages."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Give the handler."""
        handle = super().get_route_handler()

        async def paged(request: Request) -> Response:
            try:
                return await handle(request)
            except Problem as problem:
                return _page("refused.html", status=problem.status, problem=problem.document())

        return paged


router = APIRouter(
    prefix="/m",
    tags=["console"],
    dependencies=[public("pages: a session's cookie says who it is")],
    route_class=_PageRoute,
)
_templates = Environment(
    loader=PackageLoader("gateway.console"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)


def _console(request: Request) -> Console:
    console: Console | None = request.app.state.console
    if console is None:
        raise ConsoleClosed("GATEWAY_CONSOLE is not set")
    return console


Pages = Annotated[Console, Depends(_console)]


def _page(name: str, *, status: int = 200, issuer: str = "", **said: Any) -> HTMLResponse:
    given: dict[str, Any] = {"person": None, "role": "", "form_token": "", "problem": None, "faults": [], "sign_in": ""}
    body = _templates.get_template(name).render(given | said)
    policy = f"default-src 'none'; form-action 'self' {issuer}; base-uri 'none'; frame-ancestors 'none'"
    return HTMLResponse(
        body,
        status_code=status,
        headers={
            "Content-Security-Policy": policy,
            "Cache-Control": "no-store",
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
        },
    )


def _of(console: Console, person: Person) -> dict[str, Any]:
    return {"person": person, "role": StaffRole(person.role).label, "form_token": console.form_token(person)}


def _set(response: Response, name: str, value: str) -> None:
    response.set_cookie(name, value, path="/", secure=True, httponly=True, samesite="lax")


def _unset(response: Response, name: str) -> None:
    response.delete_cookie(name, path="/", secure=True, httponly=True, samesite="lax")


# ---- signing in
@router.get("/sign-in", include_in_schema=False)
async def sign_in(console: Pages) -> Response:
    """登录 / Send the browser to the issuer."""
    begun = await console.begin()
    answer = RedirectResponse(begun.address, status_code=303)
    _set(answer, _BEGUN, begun.cookie)
    return answer


@router.get("/signed-in", include_in_schema=False)
async def signed_in(
    request: Request,
    console: Pages,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=2000)] = "",
) -> Response:
    """登录返回 / Take in who comes from the issuer."""
    cookie = request.cookies.get(_BEGUN, "")
    return _entered(await console.come_back(request, cookie, state, code) if cookie and code else None)


@router.post("/term", include_in_schema=False)
async def choose_term(request: Request, console: Pages) -> Response:
    """选择身份 / Go on in one of several terms."""
    _require_own_page(request)
    form = await _form(request)
    cookie = request.cookies.get(COOKIE, "")
    return _entered(await console.choose(request, cookie, forms.one(form, "appointment_id")))


def _entered(come: tuple[Person | Choosing, str] | None) -> Response:
    if come is None:
        return _page("refused.html", status=400, problem=_NOT_BEGUN)
    who, back_to = come
    answer = RedirectResponse("/m" if isinstance(who, Choosing) else back_to, status_code=303)
    _set(answer, COOKIE, who.cookie)
    _unset(answer, _BEGUN)
    return answer


@router.post("/sign-out", include_in_schema=False)
async def sign_out(request: Request, console: Pages) -> Response:
    """退出 / End the session."""
    _require_own_page(request)
    await console.sign_out(request.cookies.get(COOKIE))
    answer = RedirectResponse("/m", status_code=303)
    _unset(answer, COOKIE)
    return answer


# ---- pages
@router.get("", include_in_schema=False)
async def home(
    request: Request,
    console: Pages,
    hh_no: Annotated[str, Query(max_length=32)] = "",
    cursor: Annotated[str, Query(max_length=500)] = "",
) -> Response:
    """首页 / The households of whoever is signed in, to choose one."""
    who = await _who(request, console)
    if who is None:
        return _page("home.html")
    if isinstance(who, Choosing):
        terms = [term | {"label": StaffRole(term["role"]).label} for term in who.terms]
        return _page("terms.html", terms=terms)
    listed = await upstream.ask(
        request, who, "/v1/households", area=who.area_code, hh_no=hh_no or None, cursor=cursor or None,
        limit=_PAGE_ROWS,
    )  # fmt: skip
    if not listed.is_good and not listed.is_away:
        return _page("home.html", **_of(console, who), **_problem(listed), hh_no=hh_no, households=[], next_cursor=None)
    places = await _places(request, who)
    rows = [_named(row, places) for row in listed.body["items"]] if listed.is_good else None
    return _page(
        "home.html", **_of(console, who), hh_no=hh_no, households=rows, next_cursor=listed.body.get("next_cursor")
    )


@router.get("/visits/new", include_in_schema=False)
async def new_visit(
    request: Request, console: Pages, household_id: Annotated[str, Query(max_length=64)] = ""
) -> Response:
    """走访登记表 / The form of a visit."""
    return await _shown(request, console, "visit.html", household_id, ("happened_on", "way", "outcome"))


@router.post("/visits", include_in_schema=False)
async def record_visit(request: Request, console: Pages) -> Response:
    """登记走访 / Hand in a visit."""

    async def hand_in(person: Person, form: forms.Typed, key: str) -> tuple[Said, str]:
        return await upstream.send(request, person, "/v1/contacts", forms.contact(form), key), words.VISIT

    return await _taken(request, console, "visit.html", "/m/visits/new", hand_in)


@router.get("/applications/new", include_in_schema=False)
async def new_application(
    request: Request, console: Pages, household_id: Annotated[str, Query(max_length=64)] = ""
) -> Response:
    """农户申请登记表 / The form of an application that somebody brings or tells."""
    return await _shown(request, console, "application.html", household_id, ("applied_on",))


@router.post("/applications", include_in_schema=False)
async def record_application(request: Request, console: Pages) -> Response:
    """登记农户申请 / Hand in an application."""

    async def hand_in(person: Person, form: forms.Typed, key: str) -> tuple[Said, str]:
        said = await upstream.send(request, person, "/v1/applications", forms.application(form), key)
        return said, words.APPLICATION

    return await _taken(request, console, "application.html", "/m/applications/new", hand_in)


async def _shown(
    request: Request, console: Console, template: str, household_id: str, dated: Sequence[str]
) -> Response:
    """Show a form: empty, or with what was typed before the sign-in had to be repeated."""
    who = await _who(request, console)
    if not isinstance(who, Person):
        return RedirectResponse("/m", status_code=303)
    form: dict[str, list[str]] = {"household_id": [household_id]} if household_id else {}
    form[dated[0]] = [clock.today().isoformat()]
    if who.draft:
        form = dict(who.draft)
        await console.drop_draft(who)
    return await _form_page(request, console, who, template, form)


async def _taken(
    request: Request,
    console: Console,
    template: str,
    back_to: str,
    hand_in: Callable[[Person, forms.Typed, str], Awaitable[tuple[Said, str]]],
) -> Response:
    """Hand a form in; one that is refused is shown again as it was typed."""
    _require_own_page(request)
    form = await _form(request)
    who = await _who(request, console)
    if not isinstance(who, Person):
        begun = await console.begin(form, back_to)
        answer = _page("refused.html", status=401, problem=_SIGNED_OUT, sign_in=begun.address)
        _set(answer, _BEGUN, begun.cookie)
        return answer
    console.require_own_form(who, forms.one(form, "form_token"))
    key = forms.key_of(form)
    if key is None:
        raise FormForeign("the form has no key")
    said, what = await hand_in(who, form, key)
    if not said.is_good:
        return await _form_page(request, console, who, template, form, said)
    number = said.body.get("id") or said.body.get("clue_id") or ""
    told = bool(said.body.get("risk_types"))
    return _page("done.html", **_of(console, who), what=what, number=number, told=told)


async def _form_page(
    request: Request, console: Console, who: Person, template: str, form: forms.Typed, said: Said | None = None
) -> HTMLResponse:
    household_id = forms.one(form, "household_id")
    household: dict[str, Any] | None = None
    problem = said
    if household_id and said is None:
        found = await upstream.ask(request, who, f"/v1/households/{household_id}") if _is_id(household_id) else None
        if found is None or not found.is_good:
            problem = found or Said(404, words.NO_HOUSEHOLD)
        else:
            household = _named(found.body, await _places(request, who))
    areas = [] if household_id else sorted((await _places(request, who)).items())
    return _page(
        template,
        status=problem.status if problem else 200,
        **_of(console, who),
        **(_problem(problem) if problem else {}),
        household=household,
        areas=areas,
        key=forms.key_of(form) or new_secret(),
        typed=lambda name: forms.one(form, name),
        all_typed=lambda name: list(form.get(name, ())),
        ways=forms.WAYS,
        outcomes=forms.OUTCOMES,
        risks=forms.RISKS,
        vias=forms.APPLICATION_WAYS,
    )


def _problem(said: Said) -> dict[str, Any]:
    known = {name: str(said.body.get(name) or "") for name in ("title", "advice", "code", "trace_id")}
    return {"problem": known, "faults": words.lines(said.body)}


async def _who(request: Request, console: Console) -> Person | Choosing | None:
    return await console.signed_in(request, request.cookies.get(COOKIE))


async def _places(request: Request, who: Person) -> dict[str, str]:
    """Give the villages of whoever is signed in, code -> name; none while they cannot be read."""
    found = await upstream.ask(request, who, "/v1/areas", area=who.area_code)
    items = found.body.get("items", []) if found.is_good else []
    return {area["code"]: area["name"] for area in items if area["level"] == "village" and area["valid_to"] is None}


def _named(household: Mapping[str, Any], places: Mapping[str, str]) -> dict[str, str]:
    """Give what people recognise a household by, as the API shows it to them."""
    head = next((member for member in household["members"] if member["relation"] == "head"), None)
    return {
        "id": household["id"],
        "hh_no": household["hh_no"],
        "head": str(head["name"]) if head else "",
        "place": places.get(household["area_code"], household["area_code"]),
    }


def _is_id(text: str) -> bool:
    return len(text) <= 64 and text.replace("-", "").isalnum() and text.isascii()


def _require_own_page(request: Request) -> None:
    """Take a form only from a page of this address, where the browser says where it comes from (old ones do not).

    Raises:
        FormForeign
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    here = urlsplit(request.app.state.settings.issuer)
    if site not in (None, "same-origin", "none") or origin not in (None, f"{here.scheme}://{here.netloc}"):
        raise FormForeign("the form comes from another site")


async def _form(request: Request) -> dict[str, list[str]]:
    """Read a form.

    Raises:
        FormForeign: it is none.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise FormForeign("send a form")
    try:
        return forms.typed(await request.body())
    except forms.UnreadableForm as error:
        raise FormForeign("the form cannot be read") from error
