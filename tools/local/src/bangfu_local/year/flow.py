"""The year from the first line to the last."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from bangfu.sdk import BangfuError
from bangfu_local.demo import flow as demo
from bangfu_local.demo.journey import JourneyError
from bangfu_local.demo.options import COUNTY
from bangfu_local.demo.report import Report
from bangfu_local.demo.roster import RosterError
from bangfu_local.demo.show import Show
from bangfu_local.embedded import EmbeddedSystem, StartFailedError, standard_clients
from bangfu_local.embedded.clients import roster_client
from bangfu_local.embedded.memory import cpu_seconds
from bangfu_local.embedded.settle import NotSettledError
from bangfu_local.year.calendar import calendar, end_of
from bangfu_local.year.campaigns import OFFICE
from bangfu_local.year.facts import find
from bangfu_local.year.happenings import Cast, County, YearError
from bangfu_local.year.report import YearReport, tally
from bangfu_local.year.stage import Stage
from bangfu_local.year.summary import summarise

if TYPE_CHECKING:
    from bangfu.sdk.models import Duty
    from bangfu_county import Manifest
    from bangfu_local.year.options import YearOptions


async def run_year(options: YearOptions) -> YearReport:
    """Run the year and give the report, which is also written to `options.report`.

    `YearReport.failures` is empty if and only if every planted fact was found and nothing else was late.
    """
    show = Show(is_quiet=options.is_quiet)
    began_on = options.clock_start.date()
    report = YearReport(seed=options.seed, began_on=began_on, ended_on=began_on)
    system = EmbeddedSystem(
        options.data_dir,
        bus=options.bus,
        clock_start=options.clock_start,
        is_fresh=True,
        durable=options.durable,
    )
    errors = (BangfuError, JourneyError, RosterError, NotSettledError, StartFailedError, YearError)
    try:
        manifest = demo.make_county(options, show)
        with show.stage("start", "启动数据库和四个服务", "start PostgreSQL and four services"):
            await system.start()
            await system.ensure_clients([*standard_clients(COUNTY), roster_client(), OFFICE])
        await _live(options, show, report, system, manifest)
    except errors as error:
        report.failures.append(f"{type(error).__name__}: {error}")
    finally:
        report.cpu_seconds = round(cpu_seconds(), 1)
        await system.stop()
        report.seconds = dict(show.seconds)
        report.write(options.report)
    summarise(show, report)
    if not options.keep:
        shutil.rmtree(options.data_dir, ignore_errors=True)
    return report


async def _live(
    options: YearOptions, show: Show, report: YearReport, system: EmbeddedSystem, manifest: Manifest
) -> None:
    first = Report(seed=options.seed, period=options.period, bus=options.bus.split(":")[0])
    await demo.bring_areas(options, show, system)
    await demo.bring_households(options, show, system)
    await demo.bring_roster(options, show, first, system)
    register = await demo.deliver_month(options, show, first, system, manifest)
    report.households = len(register.hh_no)
    report.failures += first.failures
    async with Stage(system, sorted(set(register.area.values()))) as stage:
        county = County(stage, Cast.of(stage.villages), options.county_dir, manifest, register)
        for happening in calendar(county, options.clock_start.year):
            with show.stage(f"{happening.on}", f"{happening.on} {happening.zh}", happening.en):
                await stage.come_to(happening.on)
                await happening.do()
                await stage.quiet()
                await county.verify()
        with show.stage("report", "统计", "count"):
            await stage.come_to(end_of(options.clock_start.year))
            report.ended_on = stage.today
            duties = await _duties(stage)
            report.duties = tally(duties, stage.today)
            report.facts = await find(county, duties)
            report.failures += [
                f"{fact.en}: {fact.expected} expected, {fact.found} found" for fact in report.facts if not fact.holds
            ]


async def _duties(stage: Stage) -> list[Duty]:
    bureau = await stage.bureau()
    return [duty async for duty in bureau.duties.list(limit=200)]
