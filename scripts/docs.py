"""The parts of pages that are made from declarations: `--write` renews them, `--check` tells which are stale.

A part stands between `<!-- made: NAME -->` and `<!-- end -->`; everything around it is written by hand.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from contracts.fields import HOUSEHOLD, INCOME, MONITOR, PERSON, Field, Fields
from contracts.parameters import GROUPS, PARAMETERS, Parameter
from scripts import statements

ROOT = Path(__file__).resolve().parents[1]
_PART = re.compile(r"(<!-- made: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def parameters() -> Iterator[str]:
    """Give one table a group of policy parameters."""
    for group, title in GROUPS.items():
        yield f"## {title.zh} / {title.en}\n"
        yield "| parameter | default | allowed | what | unit | source of the default |"
        yield "|---|---|---|---|---|---|"
        for parameter in PARAMETERS.values():
            if parameter.name.startswith(f"{group}."):
                cells = (f"`{parameter.name}`", parameter.default or "-", _allowed(parameter), *_words(parameter))
                yield f"| {' | '.join(cells)} |"
        yield ""


def _words(parameter: Parameter) -> tuple[str, str, str]:
    unit = parameter.unit
    return f"{parameter.zh} / {parameter.en}", f"{unit.zh} / {unit.en}".strip(" /"), parameter.source


def _allowed(parameter: Parameter) -> str:
    if parameter.type == "days":
        return "dates"
    return ", ".join(parameter.choices) or f"{parameter.low:,} - {parameter.high:,}"


def _fields(records: Fields) -> Iterator[str]:
    """Give the table of the fields of a household, person or income."""
    yield "| field | title and column | type | class | given | default | event | rules know it as |"
    yield "|---|---|---|---|---|---|---|---|"
    for field in records:
        titles = ", ".join((field.zh, *field.aliases))
        given = ("POST, import, PATCH" if field.is_editable else "POST, import") if field.is_given else "computed"
        cells = (
            f"`{field.name}`",
            f"{titles} / {field.en}",
            _kind(field),
            f"{field.sensitivity.value}{'' if field.kept == 'plain' else ', ' + field.kept}",
            given,
            _default(field),
            f"`{field.public_name}`" if field.in_snapshot else "-",
            f"`{field.fact}`" if field.fact else "-",
        )
        yield f"| {' | '.join(cells)} |"


def _kind(field: Field) -> str:
    if field.codes is None:
        return f"{field.kind}, {field.unit}" if field.unit else field.kind
    return f"{field.kind}: " + ", ".join(f"`{code.value}` {code.label}" for code in field.codes)


def _default(field: Field) -> str:
    if field.is_required:
        return "required" if field.is_given else "-"
    value = field.default
    if value is None:
        return "none"
    return ", ".join(f"`{item}`" for item in (value if isinstance(value, tuple) else (value,))) or "none"


PARTS: dict[str, Callable[[], Iterator[str]]] = {
    "parameters": parameters,
    "household_fields": lambda: _fields(HOUSEHOLD),
    "monitor_fields": lambda: _fields(MONITOR),
    "person_fields": lambda: _fields(PERSON),
    "income_fields": lambda: _fields(INCOME),
}


def renewed(page: str) -> str:
    """Give a page with its made parts as the declarations say today."""
    return _PART.sub(lambda found: found[1] + "\n".join(PARTS[found[2]]()) + "\n" + found[3], page)


def stale(root: Path = ROOT) -> dict[Path, str]:
    """Give the pages that differ from what the declarations say, as they should be."""
    pages = {path: path.read_text(encoding="utf-8") for path in sorted((root / "docs").rglob("*.md"))}
    changed = {path: new for path, old in pages.items() if (new := renewed(old)) != old}
    for name, text in statements.files().items():
        path = root / "docs" / "statements" / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            changed[path] = text
    return changed


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="renew the parts; default: only check")
    write = parser.parse_args().write
    pages = stale()
    for path, text in pages.items():
        print(f"{'renewed' if write else 'stale (make docs)'}: {path.relative_to(ROOT)}")
        if write:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return 0 if write else len(pages)


if __name__ == "__main__":
    sys.exit(main())
