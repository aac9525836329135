"""Tokens, retries, idempotency keys and problems, faked at the wire."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from bangfu.sdk import Bangfu, Conflict, InvalidInput, NoAnswer, Retries, ServerProblem, Unauthorised

Answer = Callable[[httpx.Request], httpx.Response]


class Wire:
    """Answers tokens by itself and the rest as the test says."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.tokens = 0
        self.seen: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth2/token":
            self.tokens += 1
            return httpx.Response(200, json={"access_token": f"t{self.tokens}", "expires_in": 300})
        self.seen.append(request)
        return self.answer(request)


def client_of(wire: Wire) -> Bangfu:
    return Bangfu(
        "http://gateway", "edu", "s3cret", retries=Retries(0.5, base_s=0.001), transport=httpx.MockTransport(wire)
    )


async def test_one_token_serves_many_requests_and_is_replaced_once_refused() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        is_fresh = request.headers["authorization"] == "Bearer t2"
        return httpx.Response(200 if is_fresh or len(wire.seen) == 1 else 401, json={"items": []})

    wire = Wire(answer)
    async with client_of(wire) as bangfu:
        await bangfu.datasets.list()
        assert wire.tokens == 1
        await bangfu.datasets.list()
    assert wire.tokens == 2


async def test_a_token_is_asked_for_as_patiently_as_everything_else() -> None:
    """A gateway that is away for longer than a few attempts, and back before patience ends."""
    attempts: list[int] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path != "/oauth2/token":
            return httpx.Response(200, json={"items": []})
        attempts.append(1)
        if len(attempts) < 8:
            raise httpx.ConnectError("refused", request=request)
        return httpx.Response(200, json={"access_token": "t", "expires_in": 300})

    retries = Retries(30.0, base_s=0.001)
    async with Bangfu("http://gateway", "edu", "s", retries=retries, transport=httpx.MockTransport(answer)) as bangfu:
        await bangfu.datasets.list()
    assert len(attempts) == 8


async def test_a_file_is_sent_from_its_start_when_the_token_is_refused_meanwhile(tmp_path: Path) -> None:
    file = tmp_path / "areas.ndjson"
    file.write_text('{"code": "990000000000"}\n')

    def answer(request: httpx.Request) -> httpx.Response:
        is_fresh = request.headers["authorization"] == "Bearer t2"
        return httpx.Response(202 if is_fresh else 401, json={"import_id": "i", "state": "done", "created": 1})

    wire = Wire(answer)
    async with client_of(wire) as bangfu:
        assert (await bangfu.areas.import_file(file)).created == 1
    assert [request.content for request in wire.seen] == [file.read_bytes(), file.read_bytes()]


async def test_wrong_credentials_are_told_as_such_and_not_repeated() -> None:
    calls: list[httpx.Request] = []

    def refuse(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        return httpx.Response(401, json={"error": "invalid_client", "error_description": "unknown"})

    async with Bangfu("http://gateway", "edu", "no", transport=httpx.MockTransport(refuse)) as bangfu:
        with pytest.raises(Unauthorised) as refused:
            await bangfu.datasets.list()
    assert refused.value.code == "oauth2.invalid_client"
    assert len(calls) == 1


@pytest.mark.parametrize("busy", [429, 502, 503, 504, 507])
async def test_a_post_is_repeated_with_the_same_idempotency_key(busy: int) -> None:
    """507 too: a disk that is full is cleared, and nothing was kept of the request."""

    def answer(request: httpx.Request) -> httpx.Response:
        if len(wire.seen) == 1:
            raise httpx.ReadError("cut off")
        if len(wire.seen) == 2:
            return httpx.Response(busy, headers={"retry-after": "0"})
        return httpx.Response(202, json={"id": "r1", "period": "2026-10", "state": "queued"})

    wire = Wire(answer)
    async with client_of(wire) as bangfu:
        run = await bangfu.comparison.start("2026-10")
    assert run.id == "r1"
    keys = {request.headers["idempotency-key"] for request in wire.seen}
    assert len(wire.seen) == 3
    assert len(keys) == 1


async def test_two_posts_never_share_a_key() -> None:
    wire = Wire(lambda _: httpx.Response(202, json={"id": "r", "period": "2026-10", "state": "queued"}))
    async with client_of(wire) as bangfu:
        await bangfu.comparison.start("2026-10")
        await bangfu.comparison.start("2026-10")
    assert len({request.headers["idempotency-key"] for request in wire.seen}) == 2


async def test_a_change_is_not_repeated_when_its_effect_is_unknown() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("late")

    wire = Wire(answer)
    async with client_of(wire) as bangfu:
        with pytest.raises(NoAnswer):
            await bangfu.episodes.change_measure("m1", {"state": "implemented"}, etag='"1"')
    assert len(wire.seen) == 1


async def test_no_answer_when_patience_ends_names_the_request() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    wire = Wire(answer)
    async with client_of(wire) as bangfu:
        with pytest.raises(NoAnswer, match="GET /v1/areas/99"):
            await bangfu.areas.get("99")
    assert len(wire.seen) > 3


async def test_a_problem_becomes_a_typed_exception_with_code_advice_and_fields() -> None:
    body = {
        "type": "/problems/sharing.delivery.closed_period",
        "title": "期次已关闭",
        "status": 409,
        "code": "sharing.delivery.closed_period",
        "advice": "请联系县级监测员",
        "detail": "period 2025-01 is closed",
        "errors": [{"pointer": "/period", "code": "closed", "detail": "too old"}],
        "closed_since": "2025-08-01",
    }
    wire = Wire(lambda _: httpx.Response(409, json=body, headers={"content-type": "application/problem+json"}))
    async with client_of(wire) as bangfu:
        with pytest.raises(Conflict) as refused:
            await bangfu.deliveries.open("DS-EDU-ROLL", "2025-01")
    problem = refused.value
    assert problem.code == "sharing.delivery.closed_period"
    assert problem.advice == "请联系县级监测员"
    assert problem.errors[0].pointer == "/period"
    assert problem.extensions == {"closed_since": "2025-08-01"}
    assert "期次已关闭" in str(problem)


@pytest.mark.parametrize(("status", "kind"), [(422, InvalidInput), (500, ServerProblem)])
async def test_answers_that_are_no_json_still_become_problems(status: int, kind: type[Exception]) -> None:
    wire = Wire(lambda _: httpx.Response(status, text="<html>"))
    async with client_of(wire) as bangfu:
        with pytest.raises(kind):
            await bangfu.datasets.list()


async def test_lists_are_read_page_by_page() -> None:
    pages = {"": (["1", "2"], "c1"), "c1": (["3"], None)}

    def answer(request: httpx.Request) -> httpx.Response:
        codes, following = pages[request.url.params.get("cursor", "")]
        items = [{"code": code, "name": code} for code in codes]
        return httpx.Response(200, json={"items": items, "next_cursor": following})

    async with client_of(Wire(answer)) as bangfu:
        assert [area.code async for area in bangfu.areas.children()] == ["1", "2", "3"]


async def test_the_alert_stream_goes_on_after_the_last_event_seen() -> None:
    def event(position: int) -> str:
        data = {
            "specversion": "1.0", "id": f"e{position}", "source": "/bangfu/alerts", "type": "t", "subject": "h",
            "time": "2026-11-10T00:00:00Z",
            "data": {
                "alert_id": "a", "position": position, "kind": "raised", "clue_id": "c", "household_id": "h",
                "area_code": "990101101201", "risk_type": "01", "severity": "RED", "state": "dispatched", "link": "/",
            },
        }  # fmt: skip
        return f"id: {position}\ndata: {json.dumps(data)}\n\n"

    def answer(request: httpx.Request) -> httpx.Response:
        after = int(request.headers["last-event-id"])
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, text=event(after + 1))

    wire = Wire(answer)
    positions = []
    async with client_of(wire) as bangfu:
        async for alert in bangfu.alerts.stream(after=7):
            positions.append(alert.data.position)
            if len(positions) == 3:
                break
    assert positions == [8, 9, 10]


async def test_a_held_comparison_is_judged_and_coverage_is_read() -> None:
    run = {"id": "r1", "period": "2026-10", "state": "queued"}
    row = {"area_code": "990101101000", "rule_id": "R-MED-01", "status": "partly", "findings": 0, "because": "x"}

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/coverage":
            return httpx.Response(200, json={"items": [row], "next_cursor": None})
        return httpx.Response(200, json=run)

    wire = Wire(answer)
    async with client_of(wire) as bangfu:
        assert (await bangfu.comparison.release("r1", "已核对")).state == "queued"
        assert not (await bangfu.comparison.withdraw("r1", "数据有误")).is_over
        [told] = [each async for each in bangfu.comparison.coverage("2026-10", area="990101101000")]
    assert (told.rule_id, told.status) == ("R-MED-01", "partly")
    assert [(seen.method, seen.url.path) for seen in wire.seen] == [
        ("POST", "/v1/comparison-runs/r1/release"),
        ("POST", "/v1/comparison-runs/r1/withdraw"),
        ("GET", "/v1/coverage"),
    ]
    assert json.loads(wire.seen[0].content) == {"reason": "已核对"}
    assert dict(wire.seen[2].url.params) == {"period": "2026-10", "area": "990101101000"}
