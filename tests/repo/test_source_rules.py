"""Rules of the house that no linter knows, each with a planted violation."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("libs", "services", "clients", "tools", "scripts")
MAX_LINES = 450
BACKUP = "tools/backup/src/bangfu_backup/"  # an operator's tool, with connections of its own

# Written in pieces, so that this file does not hold what it looks for.
NOT_FOR_A_REPOSITORY = re.compile(
    "|".join(
        (
            r"files\.python" + "hosted",
            r"(?<![\w.@-])pypi" + r"\.org/simple",
            r"repo1?\.maven\." + r"(apache\.)?org",
            r"registry\.npm" + r"js\.org",
            r"(?<![\w./$}>-])/" + r"(root|home/\w+|work)/",
            r"\.\./" + "shared",
        )
    )
)


def tracked() -> list[Path]:
    """Files of the repository, committed or about to be."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def python_sources() -> Iterator[tuple[str, str]]:
    """Path and text of each module that ships."""
    for folder in SOURCES:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def bare_commits(text: str) -> list[int]:
    """Lines that end a transaction: `<something>.commit()` without arguments."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "commit"
        and not node.args
        and not node.keywords
    ]


def calls_of(name: str, text: str) -> list[int]:
    """Lines that call `name`, however it was imported."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and ast.unparse(node.func).rsplit(".", 1)[-1] == name
    ]


INTO_OUTBOX = re.compile(r"\b(INSERT\s+INTO|COPY)\s+outbox\b", re.IGNORECASE)
# A migration says what was true on its day; a model goes on changing.
MAY_INSERT = re.compile(r"libs/servicekit/src/servicekit/(outbox|event_sql|tables)\.py|.*/migrations/versions/.*")


def outbox_inserts(text: str) -> list[int]:
    """Lines that write into the outbox in SQL, or hand its name to what does."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and (node.value == "outbox" or INTO_OUTBOX.search(node.value))
    ]


def test_events_are_written_by_the_outbox_alone() -> None:
    found = {path for path, text in python_sources() if outbox_inserts(text) and not MAY_INSERT.fullmatch(path)}
    statements = [path for path in tracked() if path.suffix == ".sql" and INTO_OUTBOX.search(path.read_text("utf-8"))]
    assert found == set()
    assert statements == []


@pytest.mark.parametrize(
    "planted",
    [
        'text("INSERT INTO outbox (topic) SELECT :topic")',
        'await session.execute(text(f"insert  into outbox (key) VALUES ({key})"))',
        'cursor.copy("COPY outbox (data) FROM STDIN")',
        'await copy_rows(session, "outbox", rows)',
    ],
)
def test_planted_insert_into_the_outbox_is_caught(planted: str) -> None:
    source = f"async def announce(session, cursor, columns, rows, key):\n    {planted}\n"
    assert outbox_inserts(source) == [2]
    assert outbox_inserts('"""Puts events into the outbox."""\nsql = "UPDATE outbox SET published_at = NULL"\n') == []


def test_only_servicekit_commits() -> None:
    found = [
        f"{path}:{line}"
        for path, text in python_sources()
        if not path.startswith(("libs/servicekit/", BACKUP))
        for line in bare_commits(text)
    ]
    assert found == []


def test_only_the_bus_adapter_has_a_kafka_producer() -> None:
    found = {path for path, text in python_sources() if calls_of("AIOKafkaProducer", text)}
    assert found <= {"libs/servicekit/src/servicekit/bus/kafka.py"}


def test_planted_commit_and_producer_are_caught() -> None:
    assert bare_commits("async def f(session):\n    await session.commit()\n") == [2]
    assert bare_commits("receipt = client.deliveries.commit(delivery_id, parts=parts)\n") == []
    assert calls_of("AIOKafkaProducer", "import aiokafka\np = aiokafka.AIOKafkaProducer(acks=1)\n") == [2]


def test_no_file_holds_a_registry_host_or_a_path_of_one_machine() -> None:
    found = []
    for path in tracked():
        if path.name == "uv.lock":
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [
            f"{path.relative_to(ROOT)}:{number}: {match.group()}"
            for number, line in enumerate(text.splitlines(), 1)
            if (match := NOT_FOR_A_REPOSITORY.search(line))
        ]
    assert found == []


@pytest.mark.parametrize(
    "planted", ["see ../" + "shared/design.md", "cd /work" + "/main", "https://pypi" + ".org/simple"]
)
def test_planted_path_is_caught(planted: str) -> None:
    assert NOT_FOR_A_REPOSITORY.search(planted)


def test_no_module_is_too_long_to_be_read_at_once() -> None:
    long = {
        path.relative_to(ROOT).as_posix(): lines
        for path in tracked()
        if path.suffix == ".py" and (lines := len(path.read_text(encoding="utf-8").splitlines())) > MAX_LINES
    }
    assert long == {}, f"split what has more than {MAX_LINES} lines by what it knows"


_CHINESE = re.compile("[\u4e00-\u9fff]")


def chinese_in_code(text: str) -> list[int]:
    """Lines of Chinese text within functions; docstrings and what modules and classes declare are no business of it."""
    found: set[int] = set()
    for function in ast.walk(ast.parse(text)):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            parts = function.body[1:] if ast.get_docstring(function, clean=False) is not None else function.body
            found |= {
                node.lineno
                for part in parts
                for node in ast.walk(part)
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and _CHINESE.search(node.value)
            }
    return sorted(found)


def texts_of_features() -> dict[str, list[str]]:
    """The modules of each feature that hold Chinese texts in their functions."""
    found: dict[str, list[str]] = {}
    for path, text in python_sources():
        service = re.fullmatch(r"services/\w+/src/(\w+/\w+)/.*", path)
        if service and chinese_in_code(text):
            found.setdefault(service[1], []).append(path)
    return found


def test_texts_for_users_stand_in_declarations_or_in_one_file_a_feature() -> None:
    assert {name: paths for name, paths in texts_of_features().items() if len(paths) > 1} == {}


def test_planted_text_in_a_function_is_caught() -> None:
    assert chinese_in_code('TITLE = "标题"\ndef f():\n    """说明"""\n    return "文字"\n') == [4]
    assert chinese_in_code('class Late(Exception):\n    title = "逾期"\n') == []
