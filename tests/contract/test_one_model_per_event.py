"""Producer and consumer read one model: nobody declares an event or a topic outside libs/contracts."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from contracts import topics

ROOT = Path(__file__).resolve().parents[2]
# The client is an outsider that reads the published page; it may name a topic.
SOURCES = [*ROOT.glob("libs/*/src"), *ROOT.glob("services/*/src")]


def modules() -> Iterator[tuple[Path, ast.Module]]:
    for source in SOURCES:
        for path in sorted(source.rglob("*.py")):
            if "contracts" not in path.parts:
                yield path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf-8"))


def test_no_event_model_is_declared_outside_contracts() -> None:
    copies = [
        f"{path}:{node.lineno} {node.name}"
        for path, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and any("EventData" in ast.unparse(base) for base in node.bases)
    ]
    assert copies == []


def test_no_topic_is_named_by_hand_outside_contracts() -> None:
    # Inside SQL or prose the name may appear; as a value of its own it must come from contracts.topics.
    literals = [
        f"{path}:{node.lineno} {node.value}"
        for path, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and node.value in topics.BY_NAME
    ]
    assert literals == []
