"""A body that no route would read is sent back, not read and thrown away."""

from __future__ import annotations

import httpx
import pytest


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v1/things"), ("GET", "/v1/people"), ("GET", "/v1/clients"), ("DELETE", "/v1/clients/x")],
)
async def test_a_body_that_nobody_reads_is_refused(http: httpx.AsyncClient, method: str, path: str) -> None:
    for content in (b'{"area": "990101000000"}', b"x"):
        headers = {"Content-Type": "application/json"}
        refused = await http.request(method, path, content=content, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (422, "gateway.body.unexpected"), refused.text
    without = await http.request(method, path)
    assert without.json().get("code") != "gateway.body.unexpected"
