"""The merged document."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from openapi_spec_validator import validate

from alerts.feed import routes as feed
from alerts.subscriptions import routes as subscriptions
from contracts import events, topics
from gateway.portal.rules import merge, problems_of


def document(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    answer = {
        "200": {"description": "x", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Out"}}}}
    }
    operation = {
        "operationId": "read",
        "x-bangfu-access": {"scopes": [f"{name}:read", f"{name}:write"], "purpose": "p"},
        "responses": answer,
    }
    return {
        "openapi": "3.1.0", "info": {"title": name, "version": "1"},
        "paths": {f"/v1/{name}": {"get": operation, "post": {"responses": answer}}, "/livez": {"get": operation}},
        "components": {"schemas": {"Out": schema}},
    }  # fmt: skip


def test_same_names_of_different_schemas_are_told_apart() -> None:
    documents = {"one": document("one", {"type": "string"}), "two": document("two", {"type": "integer"}),
                 "three": document("three", {"type": "string"})}  # fmt: skip
    merged = merge(documents, issuer="https://api.test", scopes={})
    validate(merged)
    assert set(merged["components"]["schemas"]) == {"OneOut", "TwoOut", "ThreeOut", "ProblemDocument", "FieldError"}
    # A service that answers first at one start and last at the next changes no name that a client was made with.
    assert merge(dict(reversed(documents.items())), issuer="https://api.test", scopes={}) == merged
    content = merged["paths"]["/v1/two"]["get"]["responses"]["200"]["content"]["application/json"]
    assert content["schema"] == {"$ref": "#/components/schemas/TwoOut"}
    assert [merged["paths"][f"/v1/{name}"]["get"]["operationId"] for name in ("one", "two", "three")] == [
        "read", "two_read", "three_read",
    ]  # fmt: skip
    assert "post" not in merged["paths"]["/v1/one"]
    # Alternatives: either scope is enough.
    assert merged["paths"]["/v1/one"]["get"]["security"] == [{"bangfu": ["one:read"]}, {"bangfu": ["one:write"]}]
    assert "/livez" not in merged["paths"]


def test_problems_are_collected_from_the_examples() -> None:
    value = {"code": "x.y", "title": "标题"}
    answers = {"404": {"content": {"application/problem+json": {"examples": {"x.y": {"value": value}, "<b>": {}}}}}}
    assert problems_of([{"paths": {"/v1/x": {"get": {"responses": answers}, "parameters": []}}}]) == {"x.y": value}


def test_every_event_that_subscribers_are_sent_is_a_webhook_with_headers_schema_and_answers() -> None:
    app = create_app_of_alerts()
    merged = merge({"alerts": app}, issuer="https://api.test", scopes={})
    validate(merged)
    sent = {event.event_type for event in events.ALL if event.topic is topics.ALERT}
    assert set(merged["webhooks"]) == sent != set()
    for event_type, item in merged["webhooks"].items():
        headers = {each["name"]: each["required"] for each in item["post"]["parameters"]}
        assert headers == {
            "webhook-id": True, "webhook-timestamp": True, "webhook-signature": True, "traceparent": False,
        }  # fmt: skip
        (media_type,) = item["post"]["requestBody"]["content"].items()
        assert media_type[0] == "application/cloudevents+json"
        envelope = merged["components"]["schemas"][media_type[1]["schema"]["$ref"].rpartition("/")[2]]
        assert {"id", "type", "source", "time", "data"} <= set(envelope["properties"]), event_type
        assert {"2XX", "410", "429", "default"} <= set(item["post"]["responses"])


def test_what_its_service_has_not_described_yet_is_no_webhook() -> None:
    assert merge({}, issuer="https://api.test", scopes={})["webhooks"] == {}


def create_app_of_alerts() -> dict[str, Any]:
    """The feed as the service of alerts describes it."""
    app = FastAPI()
    app.include_router(feed.router)
    app.include_router(subscriptions.router)
    return app.openapi()
