"""A service behind the gateway, for the proxy's tests: `python upstream_app.py PORT ISSUER REPLICA_KEY`."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from typing import Annotated, Any

import uvicorn
from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, SecretStr

from contracts.vocabulary import FieldClass
from servicekit.app import create_service_app
from servicekit.auth import Principal, public, requires
from servicekit.problems import PreconditionFailed
from servicekit.settings import Issuer, ServiceSettings
from servicekit.telemetry import configure_logging

UPLOAD: dict[str, Any] = {
    "requestBody": {"content": {"application/x-ndjson": {"schema": {"type": "string"}}, "text/csv": {"schema": {}}}}
}
Reader = Annotated[Principal, requires("things:read", purpose="tests", classes=(FieldClass.S2,))]
Writer = Annotated[Principal, requires("things:write", purpose="tests", classes=(FieldClass.S2,))]
Personal = Annotated[Principal, requires("people:read", purpose="family visits", classes=(FieldClass.S3,))]
PersonalWriter = Annotated[Principal, requires("people:write", purpose="records", classes=(FieldClass.S4,))]

router = APIRouter()


class Counts:
    """What this process has done."""

    created = 0
    listeners = 0


class ThingIn(BaseModel):
    name: str


class ThingOut(BaseModel):
    name: str
    created: int


@router.get("/v1/things")
async def things(request: Request, principal: Reader, area: str | None = None) -> dict[str, Any]:
    return {
        "client_id": principal.client_id,
        "department": principal.department,
        "area": area,
        "headers": dict(request.headers),
        "created": Counts.created,
    }


@router.post("/v1/things", status_code=201)
async def add_thing(thing: ThingIn, _: Writer) -> ThingOut:
    Counts.created += 1
    return ThingOut(name=thing.name, created=Counts.created)


Stepper = Annotated[Principal, requires("clues:report", purpose="visits", classes=(FieldClass.S3,))]
TAKEN: dict[str, int] = {}


@router.post("/v1/steps/{name}")
async def take_step(
    name: str,
    body: dict[str, Any],
    response: Response,
    _: Stepper,
    idempotency_key: Annotated[str | None, Header()] = None,
    if_match: Annotated[str | None, Header()] = None,
) -> dict[str, Any]:
    """Takes a step once for each key; refuses an older version than the name's count."""
    if f"{name}/{idempotency_key}" in TAKEN:
        response.headers["Idempotent-Replayed"] = "true"
    elif if_match is not None and if_match != f'"v{TAKEN.get(name, 0)}"':
        raise PreconditionFailed("another version")
    else:
        TAKEN[name] = TAKEN[f"{name}/{idempotency_key}"] = TAKEN.get(name, 0) + 1
    response.headers["ETag"] = f'"v{TAKEN[name]}"'
    return {"body": body, "count": TAKEN[name]}


@router.get("/v1/things/{thing_id}")
async def thing(thing_id: str, _: Reader) -> dict[str, str]:
    return {"id": thing_id}


@router.put("/v1/uploads/{name}", openapi_extra=UPLOAD)
async def upload(
    name: str, request: Request, _: Writer, content_encoding: Annotated[str | None, Header()] = None
) -> dict[str, Any]:
    digest = hashlib.sha256()
    size = 0
    async for chunk in request.stream():
        digest.update(chunk)
        size += len(chunk)
    return {
        "name": name,
        "size": size,
        "sha256": digest.hexdigest(),
        "encoding": content_encoding,
        "length": request.headers.get("content-length"),
    }


@router.put("/v1/refused-uploads")
async def refuse_upload(_: Writer) -> dict[str, str]:
    return {"answer": "the body was not read"}


@router.get("/v1/downloads")
async def download(size: int, _: Reader) -> StreamingResponse:
    async def body() -> AsyncIterator[bytes]:
        left = size
        block = bytes(range(256)) * 256
        while left:
            piece = block[: min(left, len(block))]
            left -= len(piece)
            yield piece

    return StreamingResponse(body(), media_type="application/octet-stream")


@router.get("/v1/slow")
async def slow(seconds: float, _: Reader) -> dict[str, float]:
    await asyncio.sleep(seconds)
    return {"slept": seconds}


@router.get("/v1/dying")
async def dying(_: Reader) -> StreamingResponse:
    async def body() -> AsyncIterator[bytes]:
        yield b"x" * 100_000
        await asyncio.sleep(0.2)
        os.kill(os.getpid(), signal.SIGKILL)
        yield b"never"

    return StreamingResponse(body(), headers={"content-length": "200000"})


@router.get("/v1/events")
async def events(_: Reader) -> StreamingResponse:
    async def body() -> AsyncIterator[bytes]:
        Counts.listeners += 1
        try:
            for number in range(1000):
                yield f"id: {number}\ndata: event {number}\n\n".encode()
                await asyncio.sleep(0.2)
        finally:
            Counts.listeners -= 1

    return StreamingResponse(body(), media_type="text/event-stream")


@router.get("/v1/listeners", dependencies=[public("tests")])
async def count_listeners() -> dict[str, int]:
    return {"listeners": Counts.listeners}


@router.get("/v1/people")
async def people(_: Personal, area: str | None = None) -> dict[str, Any]:
    return {"items": [], "area": area}


@router.get("/v1/people-lists")
async def list_people(names: str, _: Personal) -> StreamingResponse:
    """People of these ids, comma separated, in pieces that cut ids in two."""
    text = json.dumps({"items": [{"id": each, "members": [{"person_id": each}]} for each in names.split(",")]})

    async def body() -> AsyncIterator[bytes]:
        for start in range(0, len(text), 1000):
            yield text[start : start + 1000].encode()
            await asyncio.sleep(0)

    return StreamingResponse(body(), media_type="application/json")


@router.post("/v1/people", status_code=201)
async def add_person(thing: ThingIn, _: PersonalWriter) -> ThingOut:
    Counts.created += 1
    return ThingOut(name="", created=Counts.created)


@router.get("/v1/people/{person_id}")
async def person(person_id: str, _: Personal) -> dict[str, str]:
    return {"id": person_id}


def main() -> None:
    configure_logging("demo")
    port, issuer = int(sys.argv[1]), sys.argv[2]
    settings = ServiceSettings(
        mode="embedded",
        database_url=SecretStr("postgresql://nobody:nothing@127.0.0.1:1/none"),
        bus_url=SecretStr("embedded:postgresql://nobody:nothing@127.0.0.1:1/none"),
        issuers=[Issuer(issuer=issuer, jwks_url=f"{issuer}/.well-known/jwks.json", names_people=True)],
        replica_key=SecretStr(sys.argv[3]),
    )
    app = create_service_app(settings, service="demo", title="Demo", routers=[router])
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error", access_log=False, timeout_keep_alive=75)


if __name__ == "__main__":
    main()
