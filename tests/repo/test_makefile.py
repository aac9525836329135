"""What a newcomer types works where the path has a space, and needs what `make setup` installs only."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def commands(target: str) -> list[str]:
    """What `make TARGET` would run."""
    done = subprocess.run(
        ["make", "--dry-run", "--no-print-directory", target], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


def test_kafka_is_started_and_stopped_by_the_python_that_has_the_packages(tmp_path: Path) -> None:
    for target, status, said in (("kafka", 1, "Java 17"), ("kafka-stop", 0, "kafka: ")):
        uv, _, script = commands(target)[-1].partition(" run --frozen --no-sync python ")
        assert uv.endswith("uv"), target
        done = subprocess.run(
            [sys.executable, *shlex.split(script)],
            cwd=ROOT,
            env={"PATH": str(tmp_path), "BANGFU_KAFKA_DIR": str(tmp_path / "kafka")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == status, done.stderr
        assert said in done.stderr + done.stdout


def test_make_works_in_a_folder_whose_path_has_a_space(tmp_path: Path) -> None:
    folder = tmp_path / "a b"
    tools = folder / ".tools" / "uv" / "bin"
    tools.mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", folder)
    (tools / "uv").write_text('#!/bin/sh\necho "$@" >> calls\n')
    (tools / "uv").chmod(0o755)
    path = os.pathsep.join(part for part in os.environ["PATH"].split(os.pathsep) if not (Path(part) / "uv").exists())
    for arguments in (["setup"], ["demo", "ARGS=--households 400"]):
        subprocess.run(["make", *arguments], cwd=folder, env={"PATH": path}, check=True, capture_output=True)
    setup = "sync --frozen --quiet --compile-bytecode"
    assert (folder / "calls").read_text().splitlines() == [
        setup,
        setup,
        "run --frozen --no-sync bangfu demo --households 400",
    ]


def test_no_file_pins_one_python_version() -> None:
    assert not (ROOT / ".python-version").exists()


def test_a_ci_section_over_its_limit_is_ended_and_fails_and_the_others_still_run(tmp_path: Path) -> None:
    (tmp_path / ".ci").mkdir()
    text = (ROOT / ".ci/run").read_text(encoding="utf-8")
    assert text.count("\nsection ") == len(re.findall(r"^section \w+ \d+ make ", text, re.MULTILINE))
    assert text.count("\nbeside ") == text.count("\njoined\n") > 0
    (tmp_path / ".ci/run").write_text(re.sub(r"^section types \d+", "section types 1", text, flags=re.MULTILINE))
    (tmp_path / "Makefile").write_text("types:\n\t@sleep 60\nlint described:\n\t@false\n%:\n\t@:\n")
    done = subprocess.run(["bash", str(tmp_path / ".ci/run")], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    table, _, again = done.stdout[done.stdout.rindex("section   ") :].partition("\n\n")
    results = {line.split()[0]: line for line in table.splitlines()[1:]}
    assert results["types"].split()[1:3] == ["FAILED", "(limit)"]
    assert results["lint"].split()[1:3] == ["FAILED", "(2)"]
    assert results["described"].split()[1:3] == ["FAILED", "(2)"], "one that ran beside another"
    assert results["clients"].split()[1] == results["walkthrough"].split()[1] == "ok"
    assert results["all"].split()[1] == "FAILED"
    assert results["services"].split()[-1] == results["unit"].split()[-1] == "900"
    assert [line for line in again.splitlines() if line.startswith("---")] == [
        "--- lint: FAILED (2)", "--- types: FAILED (limit)", "--- described: FAILED (2)",
    ]  # fmt: skip
