"""Through the gateway: an export of the national system is compared, decided about, and the register taken out."""

from __future__ import annotations

import asyncio
import csv
import io
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bangfu.cli import app
from bangfu.sdk import Forbidden
from bangfu_local.embedded import EmbeddedSystem, township_client

from .test_following import QUIET, TOWN, Call, call, register, with_check_digit

__all__ = ["call"]

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

NUMBER = with_check_digit("99010319710508031")
HEADINGS = (
    "人员编号,户编码,家庭成员姓名,公民身份号码,户类型,村编码,出生年月日,性别,户主关系,劳动能力,手机号码,"
    "2026年工资性收入"
)


async def test_an_export_is_compared_decided_about_and_the_register_taken_out(
    call: Call, running_system: EmbeddedSystem, tmp_path: Path
) -> None:
    """F-E11: 账账相符, by the command that the bureau has."""
    home = await register(call, "99RECN001", NUMBER, "郑对账", "1971-05-08", village=QUIET)
    row = f"99RECN00101,99RECN001,郑　对账,{NUMBER},脱贫户,{QUIET},1971/5/8,男,户主,技能劳动力,13900000077,40.1万元"
    file = tmp_path / "国家系统导出.csv"
    file.write_text(f"{HEADINGS}\n{row}\n", encoding="utf-8-sig")
    secret = running_system.secrets.clients["bureau"]
    login = ["--url", running_system.gateway_url, "--client-id", "bureau", "--client-secret", secret]
    # The command has a loop of its own.
    told = await asyncio.to_thread(CliRunner().invoke, app, ["reconcile", str(file), "--area", QUIET, *login])
    assert told.exit_code == 0, told.output
    assert NUMBER not in told.output
    async with running_system.client("bureau") as bangfu:
        made = await anext(bangfu.reconciliations.list())
        found = {
            each.field: each
            async for each in bangfu.reconciliations.differences(made.id, area=QUIET)
            if each.hh_no == "99RECN001"
        }
        assert {name: (each.registered, each.exported) for name, each in found.items()} == {
            "labour": ("1", "2"), "phone": (None, "139****0077"), "wage": ("400000.00", "401000.00"),
        }  # fmt: skip
        accepted = await bangfu.reconciliations.accept(made.id, [found["labour"], found["phone"]])
        ignored = await bangfu.reconciliations.ignore(made.id, [found["wage"]], "以入户核实为准")
        assert [each.state for each in (*accepted, *ignored)] == ["accepted", "accepted", "ignored"]
        exported = (await bangfu.reconciliations.register(area=QUIET)).decode("utf-8-sig")
    [mine] = [line for line in csv.DictReader(io.StringIO(exported)) if line["户编号"] == "99RECN001"]
    assert (mine["姓名"], mine["劳动技能"], mine["联系电话"], mine["2026年工资性收入"]) == (
        "郑**", "技能劳动力", "139****0077", "400000.00",
    )  # fmt: skip
    history = (await call("bureau", "GET", f"/v1/households/{home}/history")).json()["items"]
    assert [each["cause"] for each in history] == ["reconciliation"]
    async with running_system.client(township_client(TOWN).client_id) as town:
        seen = await anext(town.reconciliations.differences(made.id, field="wage"))
        assert (seen.hh_no, seen.state, seen.reason) == ("99RECN001", "ignored", "以入户核实为准")
        with pytest.raises(Forbidden):
            await town.reconciliations.accept(made.id, [seen])
