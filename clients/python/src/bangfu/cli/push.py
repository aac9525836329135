"""`bangfu push`: a department's file, with a receipt and the reasons for what was not taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from bangfu.cli.console import AsMe, ClientId, ClientSecret, CredentialsFile, Url, err, out, run, table_of, target_of
from bangfu.sdk import Bangfu, BangfuError, Conflict, NoAnswer, ServerProblem
from bangfu.sdk.models import Reject
from bangfu.sdk.sharing import Pushed, Sent

_STRICT_REFUSED = "sharing.delivery.strict_rejected"


class Mode(StrEnum):
    """What a delivery does to its month."""

    FULL = "full"
    INCREMENTAL = "incremental"
    CORRECTION = "correction"


class Packing(StrEnum):
    """How parts travel."""

    ZSTD = "zstd"
    GZIP = "gzip"
    NONE = "none"


def push(
    dataset: Annotated[str, typer.Argument(help="数据集代码,例如 DS-EDU-ROLL / dataset code")],
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="ndjson、csv、xlsx,可压缩")],
    period: Annotated[str, typer.Option(help="期次 / period, YYYY-MM")],
    mode: Annotated[
        Mode | None,
        typer.Option(
            help="full 全量、incremental 追加、correction 更正;默认按数据集或文件 / default: by dataset or file"
        ),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="有一行被退回则整批不收 / all rows or none")] = False,
    resume: Annotated[str | None, typer.Option(help="续传的批次号 / delivery to go on with")] = None,
    part_mib: Annotated[int, typer.Option(min=1, max=512, help="分片大小 / size of a part, MiB")] = 8,
    packing: Annotated[Packing, typer.Option(help="压缩 / compression")] = Packing.ZSTD,
    charset: Annotated[str | None, typer.Option(help="CSV 字符集,默认自动 / CSV charset")] = None,
    skip_hidden: Annotated[
        bool, typer.Option("--skip-hidden", help="不读取隐藏的工作表 / do not read hidden sheets")
    ] = False,
    rejects: Annotated[int, typer.Option(min=0, help="最多显示的退回行 / rejected rows shown")] = 20,
    url: Url = None,
    client_id: ClientId = None,
    client_secret: ClientSecret = None,
    credentials: CredentialsFile = None,
    as_me: AsMe = False,
) -> None:
    """上报数据集 / Send files as one delivery for a period; sending the period again supersedes."""
    default = dataset.split("-")[1].lower() if dataset.count("-") >= 2 else "bureau"
    target = target_of(url, client_id, client_secret, credentials, default=default, as_me=as_me)

    async def send() -> None:
        async with target.open() as bangfu:
            deliveries = bangfu.deliveries
            if resume:
                delivery = await deliveries.get(resume)
            else:
                delivery = await deliveries.open(dataset, period, strict=strict, mode=mode.value if mode else None)
            if (delivery.dataset, delivery.period) != (dataset, period):
                raise BangfuError(f"delivery {delivery.id} is of {delivery.dataset} {delivery.period}")
            try:
                with _bar(files) as advance:
                    pushed = await deliveries.send(
                        delivery,
                        files,
                        part_bytes=part_mib << 20,
                        compression=packing.value,
                        charset=charset,
                        skip_hidden=skip_hidden,
                        progress=advance,
                    )
            except (NoAnswer, ServerProblem):
                err.print(f"续传 / go on with: bangfu push {dataset} … --period {period} --resume {delivery.id}")
                raise
            except Conflict as refused:
                if refused.code == _STRICT_REFUSED:
                    await _show_rejects(bangfu, delivery.id, rejects)
                raise
            _show_receipt(pushed)
            if pushed.receipt.rows_rejected:
                await _show_rejects(bangfu, pushed.receipt.delivery_id, rejects, pushed)

    run(send())


@contextmanager
def _bar(files: list[Path]) -> Iterator[Callable[[Sent], None]]:
    """One bar over the bytes of all files, with the name of the one under way."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=out) as progress:
        bar = progress.add_task(files[0].name, total=sum(path.stat().st_size for path in files))
        reached: dict[Path, int] = {}

        def advance(sent: Sent) -> None:
            reached[sent.path] = sent.source_bytes
            progress.update(bar, description=sent.path.name, completed=sum(reached.values()))

        yield advance


def _show_receipt(pushed: Pushed) -> None:
    receipt = pushed.receipt
    table = Table(title="回执 / Receipt", show_header=False)
    table.add_row("回执号 / receipt", f"[bold]{receipt.receipt_no}[/bold]")
    table.add_row("批次 / delivery", receipt.delivery_id)
    table.add_row("接收 / accepted", f"{receipt.rows_accepted:,}")
    table.add_row("退回 / rejected", f"{receipt.rows_rejected:,}")
    if receipt.rows_duplicate:
        table.add_row("重复 / repeated", f"{receipt.rows_duplicate:,}")
    if receipt.hold:
        reasons = ";".join(reason["message"] for reason in receipt.hold.reasons)
        table.add_row("暂缓 / held", f"[yellow]{reasons};请在 {receipt.hold.due_on} 前放行或撤回[/yellow]")
    for note in receipt.notes:
        table.add_row("说明 / note", note["message"])
    for part in pushed.parts:
        for warning in part.warnings:
            table.add_row(f"分片 / part {part.number}", escape(warning["message"]))
    if receipt.supersedes:
        table.add_row("替代 / supersedes", receipt.supersedes)
    if receipt.is_late:
        table.add_row("时限 / due", "[yellow]逾期 / late[/yellow]")
    out.print(table)


async def _show_rejects(bangfu: Bangfu, delivery_id: str, shown: int, pushed: Pushed | None = None) -> None:
    counts: Counter[tuple[str, str]] = Counter()
    first: list[Reject] = []
    async for reject in bangfu.deliveries.rejects(delivery_id):
        counts[reject.code, reject.field or ""] += 1
        if len(first) < shown:
            first.append(reject)
    summary = Table(title="退回原因 / Reasons")
    summary.add_column("代码 / code")
    summary.add_column("字段 / field")
    summary.add_column("行数 / rows", justify="right")
    for (code, field), count in counts.most_common():
        summary.add_row(code, field, f"{count:,}")
    out.print(summary)
    if not first:
        return
    rows = []
    for reject in first:
        name, line = pushed.place_of(reject) if pushed else (f"分片 / part {reject.part}", reject.line)
        if reject.sheet:
            name, line = f"{name} {reject.sheet}", reject.sheet_row or line
        rows.append((name, str(line), reject.field or "", reject.code, reject.message))
    headings = ("文件 / file", "行 / line", "字段 / field", "代码 / code", "说明 / message")
    out.print(table_of(f"前 {len(first)} 行 / First {len(first)} rows", headings, rows))
