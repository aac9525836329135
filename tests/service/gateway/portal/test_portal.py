"""The merged document and the pages around it."""

from __future__ import annotations

from typing import Any

import httpx
from openapi_spec_validator import validate


async def test_merged_document_is_valid_openapi_3_1_with_everything_in_it(gateway: Any) -> None:
    async with httpx.AsyncClient(base_url=gateway.url) as http:
        document = (await http.get("/openapi.json")).json()
    validate(document)
    assert document["openapi"].startswith("3.1")
    assert document["servers"] == [{"url": gateway.url}]
    assert {"/v1/things", "/v1/people/{person_id}", "/v1/clients", "/v1/audit", "/oauth2/token"} <= set(
        document["paths"]
    )
    assert "/v1/undeclared" not in document["paths"]
    ids = []
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method == "parameters":
                continue
            access = operation["x-bangfu-access"]
            wanted = [{"bangfu": [scope]} for scope in access.get("scopes", [])]
            assert operation["security"] == wanted, (method, path)
            assert "application/problem+json" in operation["responses"]["default"]["content"]
            ids.append(operation["operationId"])
    assert len(ids) == len(set(ids))
    flow = document["components"]["securitySchemes"]["bangfu"]["flows"]["clientCredentials"]
    assert flow["tokenUrl"] == f"{gateway.url}/oauth2/token"
    assert {"things:read", "clients:manage", "households:read"} <= set(flow["scopes"])


async def test_docs_page_needs_no_other_site(gateway: Any) -> None:
    async with httpx.AsyncClient(base_url=gateway.url) as http:
        answer = await http.get("/docs")
    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    for outside in ("https://", "http://", "//cdn"):
        assert outside not in answer.text


async def test_catalogue_explains_every_problem_in_chinese_and_english(gateway: Any) -> None:
    async with httpx.AsyncClient(base_url=gateway.url) as http:
        items = (await http.get("/problems")).json()["items"]
        assert {"gateway.upstream.unreachable", "scope_missing", "token_invalid"} <= {item["code"] for item in items}
        for item in items:
            assert item["title"]
            assert item["advice"]
            one = await http.get(item["type"])
            assert one.status_code == 200
            assert one.json()["code"] == item["code"]
        page = await http.get("/problems/scope_missing", headers={"Accept": "text/html"})
        assert "缺少权限范围" in page.text
        assert "text/html" in page.headers["content-type"]
        unknown = await http.get("/problems/no.such.code")
        assert (unknown.status_code, unknown.json()["code"]) == (404, "gateway.problem.unknown")


async def test_probes_and_metrics_answer(gateway: Any, http: httpx.AsyncClient) -> None:
    await http.get("/v1/things")
    assert (await http.get("/livez")).status_code == 200
    assert (await http.get("/readyz")).status_code == 200
    metrics = (await http.get("/metrics")).text
    assert 'bangfu_http_requests_total{method="GET",route="/v1/things",service="gateway",status="200"}' in metrics
