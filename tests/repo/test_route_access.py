"""Every route of the four services says who may call it, what for, and which classes of field it shows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from contracts.vocabulary import FieldClass
from gateway.routing.rules import decide
from gateway.routing.service import routes_of
from servicekit.auth import PublicAccess, RequireAccess, requires
from servicekit.openapi import access_of, api_routes

SERVICES = ("registry", "sharing", "alerts", "gateway")
SCOPE = re.compile(r"^[a-z][a-z_]*:[a-z_]+$")

# Routes that are no API operations. The gateway's catch-all forwards to services, which check again.
NO_OPERATIONS = {"/openapi.json"}


def declarations(dependant: Dependant) -> Iterator[RequireAccess | PublicAccess]:
    """Access declarations among a route's dependencies, at any depth."""
    for dependency in dependant.dependencies:
        if isinstance(dependency.call, RequireAccess | PublicAccess):
            yield dependency.call
        yield from declarations(dependency)


def faults_of(app: FastAPI) -> list[str]:
    """What is wrong with the access declarations of `app`, one line a route."""
    faults = []
    for route in iter_route_contexts(app.routes):
        path = str(route.path)
        if not isinstance(route.original_route, APIRoute):
            faults += [] if path in NO_OPERATIONS else [f"{path}: no API route, so it declares no access"]
            continue
        name = f"{'/'.join(sorted(route.methods or []))} {path}"
        found = list(declarations(route.dependant))
        if len(found) != 1:
            faults.append(f"{name}: {len(found)} access declarations, needs exactly one")
            continue
        access = found[0]
        if isinstance(access, PublicAccess):
            faults += [] if access.reason.strip() else [f"{name}: public without a reason"]
            continue
        faults += [f"{name}: scope {scope!r} is not thing:action" for scope in access.scopes if not SCOPE.match(scope)]
        if not access.scopes:
            faults.append(f"{name}: no scope")
        if not access.purpose.strip():
            faults.append(f"{name}: no purpose")
        if not access.classes or not all(isinstance(item, FieldClass) for item in access.classes):
            faults.append(f"{name}: no field classes")
    return faults


@pytest.mark.parametrize("service", SERVICES)
def test_every_route_declares_scope_purpose_and_field_classes(service: str, app_of: Callable[[str], FastAPI]) -> None:
    app = app_of(service)
    operations = [route for route in iter_route_contexts(app.routes) if str(route.path).startswith("/v1/")]
    assert operations, "the walk found no operation: does it still look at the right routes?"
    assert faults_of(app) == []


@pytest.mark.parametrize("service", SERVICES)
def test_gateway_lets_in_exactly_whom_the_service_lets_in(service: str, app_of: Callable[[str], FastAPI]) -> None:
    """Two places decide, by one declaration: whoever has one of a route's scopes passes both."""
    app = app_of(service)
    routed = {(route.method, route.template): route.access for route in routes_of(service, app.openapi())[0]}
    assert routed
    alternatives = 0
    for route in api_routes(app):
        declared = access_of(route)
        for method in route.methods or ():
            access = routed.get((method, str(route.path_format)))
            if access is None or not isinstance(declared, RequireAccess):
                continue
            alternatives += len(declared.scopes) > 1
            for scope in {*declared.scopes, *access.scopes, "other:scope"}:
                passes_gateway = decide(frozenset({scope}), None, (), access).is_allowed
                assert passes_gateway == (scope in declared.scopes), (method, route.path_format, scope)
    assert alternatives or service != "registry", "the route of an episode's steps takes one of three scopes"


# POSTs that remember no Idempotency-Key, and why a repeat does no harm.
NOTHING_TWICE = {
    "/v1/areas/import/{import_id}/commit": "the same commit again gives the same answer",
    "/v1/imports/{import_id}/commit": "the same commit again gives the same answer",
    "/v1/staff/import/{import_id}/commit": "the same commit again gives the same answer",
    "/v1/reconciliations/import/{import_id}/commit": "the same commit again gives the same answer",
    "/v1/reconciliations/{reconciliation_id}/decisions": "what was decided is decided",
    "/v1/deliveries/{delivery_id}/commit": "the same commit again gives the same receipt",
    "/v1/clues/{clue_id}/confirmation": "the version that was read is there once",
    "/v1/duties/{duty_id}/refused/{refused_id}/settle": "settled is settled",
    "/v1/clues/{clue_id}/refused/{refused_id}/settle": "settled is settled",
    "/v1/episodes/{episode_id}/refused/{refused_id}/settle": "settled is settled",
    "/v1/households/{household_id}/refused/{refused_id}/settle": "settled is settled",
    "/v1/worklist/{row_id}/refused/{refused_id}/settle": "settled is settled",
    "/v1/deliveries/{delivery_id}/refused/{refused_id}/settle": "settled is settled",
    "/v1/notices/{notice_id}/withdraw": "what is down already stays as it is",
    "/v1/areas/{code}/tags/{tag}/end": "the same last day again is the same, or the tag is over",
    "/v1/agreements/{agreement_id}/revoke": "revoked is revoked",
    "/v1/provision/{agreement_id}/check": "reads; each answer is entered as one",
    "/v1/provision/{agreement_id}/file": "reads; each file is entered as one",
    "/v1/persons/search": "reads",
    "/v1/households/titles": "reads",
    "/v1/persons/{person_id}/unmask": "each look is recorded as one",
    "/v1/subscriptions/{subscription_id}/deliveries/{position}/resend": "what waits already is not queued twice",
    "/v1/subscriptions/{subscription_id}/enable": "enabled is enabled",
    "/v1/subscriptions/{subscription_id}/revoke-previous-secret": "revoked is revoked",
    "/v1/subscriptions/{subscription_id}/test": "a second test is a second test, and logged as one",
    "/v1/subscriptions/{subscription_id}/replay": "what waits already is not queued twice",
    "/m/visits": "a form hands its own key to the API",
    "/m/applications": "a form hands its own key to the API",
    "/m/term": "who has chosen has chosen",
    "/m/sign-out": "ended is ended",
    "/v1/batch": "each step has a key of its own",
    "/v1/clients": "409 where it exists; a secret is shown once",
    "/v1/households/{household_id}/renumber": "the version that was read is there once",
    "/v1/households/{household_id}/merge": "the version that was read is there once",
    "/v1/households/{household_id}/split": "the version that was read is there once",
    "/v1/persons/{person_id}/correction": "the version that was read is there once",
    "/v1/persons/{person_id}/merge": "the version that was read is there once",
    "/v1/change-requests/{request_id}/approve": "the same decision again gives the same answer",
    "/v1/change-requests/{request_id}/refuse": "the same decision again gives the same answer",
    "/v1/change-requests/{request_id}/withdraw": "the same decision again gives the same answer",
    "/v1/policy-proposals/{proposal_id}/decision": "the same decision again gives the same answer",
    "/v1/unmaskings/{request_id}/decision": "the same decision again gives the same answer",
    "/v1/consultations/{consultation_id}/withdraw": "taken back once",
    "/v1/area-checks": "to look twice finds the same",
    "/v1/area-checks/{check_id}/answer": "answered once",
    "/v1/disasters/{disaster_id}/close": "the version that was read is there once",
    "/v1/disasters/{disaster_id}/households/{affected_id}/remove": "the version that was read is there once",
    "/v1/disasters/{disaster_id}/households/{affected_id}/write-off": "the version that was read is there once",
    "/v1/quality/errors/{error_id}/accept": "accepted is accepted",
    "/v1/quality/runs": "a run of the area that is not finished is given again",
    "/v1/households/{household_id}/quality": "to look twice finds the same",
    "/v1/client-proposals/{proposal_id}/approve": "a proposal is decided once",
    "/v1/client-proposals/{proposal_id}/reject": "a proposal is decided once",
    "/v1/clients/{client_id}/rotate-secret": "a further secret, which the caller sees",
    "/oauth2/token": "a further token",
}


def test_a_post_remembers_its_key_or_a_repeat_of_it_changes_nothing(app_of: Callable[[str], FastAPI]) -> None:
    """What is sent to be safe is not passed over: either the key is remembered, or it is not needed."""
    forgetful = set()
    for service in SERVICES:
        for route in api_routes(app_of(service)):
            waiting, headers = [route.dependant], set()
            while waiting:
                dependant = waiting.pop()
                waiting += dependant.dependencies
                headers |= {param.alias.lower() for param in dependant.header_params}
            if "POST" in (route.methods or ()) and "idempotency-key" not in headers:
                forgetful.add(str(route.path_format))
    assert forgetful == NOTHING_TWICE.keys()


def test_walk_fails_on_a_planted_route_without_a_declaration() -> None:
    router = APIRouter()
    good = requires("clues:read", purpose="see the clues of one's area", classes=(FieldClass.S2,))
    unscoped = requires("clues", purpose="", classes=())

    @router.get("/v1/declared", dependencies=[good])
    async def declared() -> None: ...

    @router.get("/v1/forgotten")
    async def forgotten() -> None: ...

    @router.get("/v1/sloppy", dependencies=[unscoped])
    async def sloppy() -> None: ...

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(router)
    assert faults_of(app) == [
        "GET /v1/forgotten: 0 access declarations, needs exactly one",
        "GET /v1/sloppy: scope 'clues' is not thing:action",
        "GET /v1/sloppy: no purpose",
        "GET /v1/sloppy: no field classes",
    ]
