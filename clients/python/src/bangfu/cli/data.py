"""`bangfu import`: areas, households and staff."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from bangfu.cli.console import Target, calling, out, run, table_of
from bangfu.sdk.models import Import, Reject

if TYPE_CHECKING:
    from bangfu.sdk import Bangfu
    from bangfu.sdk.registry import Importing

SkipHidden = Annotated[bool, typer.Option("--skip-hidden", help="不读取隐藏的工作表 / do not read hidden sheets")]

importing = typer.Typer(help="导入区划、户或人员信息 / Import areas, households or staff", no_args_is_help=True)


@importing.command("areas")
@calling("bureau")
def import_areas(
    target: Target,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    skip_hidden: SkipHidden = False,
) -> None:
    """导入区划(NDJSON、CSV、XLSX)/ Import areas (NDJSON, CSV, XLSX)."""
    run(_import(target, lambda bangfu: bangfu.areas, file, _of_areas, skip_hidden=skip_hidden))


@importing.command("households")
@calling("bureau")
def import_households(
    target: Target,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    skip_hidden: SkipHidden = False,
) -> None:
    """导入农户(NDJSON、CSV、XLSX)/ Import households (NDJSON, CSV, XLSX)."""
    run(_import(target, lambda bangfu: bangfu.households, file, _of_households, skip_hidden=skip_hidden))


@importing.command("staff")
@calling("bureau")
def import_staff(
    target: Target,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    skip_hidden: SkipHidden = False,
) -> None:
    """导入人员与任职(NDJSON、CSV、XLSX)/ Import staff and their terms (NDJSON, CSV, XLSX)."""
    run(_import(target, lambda bangfu: bangfu.roster, file, _of_staff, skip_hidden=skip_hidden))


async def _import(
    target: Target,
    resource: Callable[[Bangfu], Importing],
    file: Path,
    summary: Callable[[Import], str],
    *,
    skip_hidden: bool,
) -> None:
    """Send a file, wait until it is carried out and tell what became of it."""
    async with target.open() as bangfu:
        files = resource(bangfu)
        with out.status("正在导入 / importing…") as status:
            done = await files.import_file(
                file,
                told=lambda state: status.update(f"正在导入 / importing… {state.rows_read:,}"),
                skip_hidden=skip_hidden,
            )
        for warning in done.warnings:
            out.print(f"说明 / note: {escape(warning)}")
        out.print(summary(done))
        if done.rows_rejected:
            tell_rejects(await files.import_rejects(done.import_id))


def _of_areas(done: Import) -> str:
    return f"新增 / created {done.created:,}  更新 / updated {done.updated:,}"


def _of_households(done: Import) -> str:
    return (
        f"户 / households {done.households:,}  人 / persons {done.persons:,}  "
        f"退回行 / rejected rows {done.rows_rejected:,}"
    )


def _of_staff(done: Import) -> str:
    return (
        f"新增 / created {done.created:,}  更新 / updated {done.updated:,}  未变 / unchanged {done.unchanged:,}  "
        f"退回行 / rejected rows {done.rows_rejected:,}"
    )


def tell_rejects(rejects: Sequence[Reject]) -> None:
    """Show the first rows that were not taken, and why."""
    headings = ("行 / line", "字段 / field", "代码 / code", "说明 / message")
    rows = [(_place_of(reject), reject.field or "", reject.code, reject.message) for reject in rejects[:20]]
    out.print(table_of("退回原因 / Why", headings, rows))


def _place_of(reject: Reject) -> str:
    return f"{reject.sheet} {reject.sheet_row}" if reject.sheet else str(reject.line)
