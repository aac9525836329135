"""The parts of pages that are made from declarations: `--write` renews them, `--check` tells which are stale.

A part stands between `<!-- made: NAME -->` and `<!-- end -->`; everything around it is written by hand.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from contracts.parameters import GROUPS, PARAMETERS, Parameter

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


PARTS: dict[str, Callable[[], Iterator[str]]] = {"parameters": parameters}


def renewed(page: str) -> str:
    """Give a page with its made parts as the declarations say today."""
    return _PART.sub(lambda found: found[1] + "\n".join(PARTS[found[2]]()) + "\n" + found[3], page)


def stale(root: Path = ROOT) -> dict[Path, str]:
    """Give the pages that differ from what the declarations say, as they should be."""
    pages = {path: path.read_text(encoding="utf-8") for path in sorted((root / "docs").rglob("*.md"))}
    return {path: new for path, old in pages.items() if (new := renewed(old)) != old}


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="renew the parts; default: only check")
    write = parser.parse_args().write
    pages = stale()
    for path, text in pages.items():
        print(f"{'renewed' if write else 'stale (make docs)'}: {path.relative_to(ROOT)}")
        if write:
            path.write_text(text, encoding="utf-8")
    return 0 if write else len(pages)


if __name__ == "__main__":
    sys.exit(main())
