"""The demonstration from the first line to the last."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from typing import TYPE_CHECKING

from bangfu.sdk import BangfuError
from bangfu_county import generate
from bangfu_county.oracle import expected
from bangfu_local.demo import journey, month, roster, townships
from bangfu_local.demo.channels import (
    CursorReader,
    EmbeddedBusReader,
    Inbox,
    KafkaReader,
    Listener,
    SseListener,
    WebhookReceiver,
    differences,
    published_alerts,
)
from bangfu_local.demo.options import COUNTY, DemoOptions
from bangfu_local.demo.report import ChannelCount, Report
from bangfu_local.demo.show import Show
from bangfu_local.demo.summary import summarise
from bangfu_local.embedded import EmbeddedSystem, StartFailedError, standard_clients
from bangfu_local.embedded.clients import BUREAU, SECOND, SUBSCRIBER, roster_client
from bangfu_local.embedded.memory import MemoryWatch
from bangfu_local.embedded.policy import set_policy
from bangfu_local.embedded.settle import NotSettledError, settle

if TYPE_CHECKING:
    from bangfu.sdk import Bangfu
    from bangfu_county import Manifest

_CHANNEL_WAIT_S = 120.0


async def run_demo(options: DemoOptions) -> Report:
    """Run the month and give the report, which is also written to `options.report`.

    `Report.failures` is empty if and only if everything planted was found, nothing else was, receipts are as the
    manifest says and every alert came over every channel.
    """
    show = Show(is_quiet=options.is_quiet)
    report = Report(seed=options.seed, period=options.period, bus=options.bus.split(":")[0])
    system = EmbeddedSystem(
        options.data_dir,
        bus=options.bus,
        clock_start=options.clock_start,
        is_fresh=True,
        durable=options.durable,
    )
    memory = MemoryWatch(system.pids)
    try:
        manifest = make_county(options, show)
        report.households, report.persons = int(manifest.counts["households"]), int(manifest.counts["persons"])
        with show.stage("start", "启动数据库和四个服务", "start PostgreSQL and four services"):
            memory.start()
            await system.start()
            await system.ensure_clients([*standard_clients(COUNTY), roster_client()])
        await _run(options, show, report, system, manifest)
    except (BangfuError, journey.JourneyError, roster.RosterError, NotSettledError, StartFailedError) as error:
        report.failures.append(f"{type(error).__name__}: {error}")
    finally:
        await memory.stop()
        await system.stop()
        report.peak_mib = {name: round(size / 2**20, 1) for name, size in sorted(memory.peak_bytes.items())}
        report.seconds = dict(show.seconds)
        report.write(options.report)
    summarise(show, report)
    if not options.keep:
        shutil.rmtree(options.data_dir, ignore_errors=True)
    return report


def make_county(options: DemoOptions, show: Show) -> Manifest:
    """Generate the county's files."""
    with show.stage("generate", "生成合成县", "generate the synthetic county"):
        return generate(options.county_dir, households=options.households, seed=options.seed, period=options.period)


async def _run(options: DemoOptions, show: Show, report: Report, system: EmbeddedSystem, manifest: Manifest) -> None:
    await bring_areas(options, show, system)
    async with system.client(SUBSCRIBER) as subscriber:
        # Before the households: some rules need the register alone, and a comparison starts by itself.
        channels = await Channels.open(options, system, subscriber)
        try:
            await bring_households(options, show, system)
            await bring_roster(options, show, report, system)
            register = await deliver_month(options, show, report, system, manifest)
            await _people(show, report, system, register)
            with show.stage("channels", "核对各通道收到的预警", "compare what each channel received"):
                await settle(system)
                report.failures += await channels.check(report)
        finally:
            await channels.close()


async def bring_areas(options: DemoOptions, show: Show, system: EmbeddedSystem) -> None:
    """Import the areas and have the policy set."""
    async with system.client(BUREAU) as bureau:
        with show.stage("areas", "导入区划和政策参数", "import areas and policy profile"):
            await bureau.areas.import_file(options.county_dir / "registry/areas.csv")
            async with system.client(SECOND) as second:
                since = options.clock_start.date().replace(month=1, day=1)
                await set_policy(bureau, second, COUNTY, since, options.policy)


async def bring_households(options: DemoOptions, show: Show, system: EmbeddedSystem) -> None:
    """Import the households and wait until everybody has heard of them."""
    async with system.client(BUREAU) as bureau:
        with show.stage("households", "导入农户", "import households"):
            await bureau.households.import_file(options.county_dir / "registry/households.ndjson")
        with show.stage("directory", "登记信息同步到各服务", "household snapshots reach the services"):
            await settle(system)


async def bring_roster(options: DemoOptions, show: Show, report: Report, system: EmbeddedSystem) -> None:
    """Import who works in the county, and give monitored households their helpers."""
    registry = options.county_dir / "registry"
    with show.stage("roster", "导入人员名册", "import the roster"):
        people = roster.write_roster(
            registry / "staff.csv", registry / "areas.csv", seed=options.seed, first_on=options.clock_start.date()
        )
        report.roster = await roster.send_roster(system, registry / "staff.csv", people)
    with show.stage("pair", "监测户结对帮扶", "monitored households get their helpers"):
        report.paired = await roster.pair_helpers(system)


async def deliver_month(
    options: DemoOptions, show: Show, report: Report, system: EmbeddedSystem, manifest: Manifest
) -> month.Registered:
    """Let departments push the first month, compare it, and hold its findings against the oracle."""
    with show.bars("push", "各部门上报当月数据", "departments push the month") as progress:
        report.datasets = await month.push_month(system, options.county_dir, manifest, progress)
    report.failures += month.intake_failures(report.datasets, manifest)
    with show.stage("compare", "比对", "compare"):
        run = await month.compare(system, options.period, timeout_s=1800.0)
    report.failures += month.matching_failures(run, report.datasets, manifest)
    with show.stage("fold", "线索归并和派发", "findings fold into clues, clues are dispatched"):
        await settle(system)
    with show.stage("oracle", "与独立核算结果对照", "meet the oracle"):
        register = await month.read_register(system)
        found = await month.read_findings(system, options.period, register)
        truth: set[month.Case] = set(await asyncio.to_thread(expected, options.county_dir))
    report.findings = dict(sorted(Counter(rule for rule, *_ in found).items()))
    report.rules = month.score(found, truth, manifest)
    report.uncompared = month.uncompared(run)
    report.failures += month.finding_failures(found, truth, manifest)
    return register


async def _people(show: Show, report: Report, system: EmbeddedSystem, register: month.Registered) -> None:
    with show.stage("verify", "三个乡镇核实线索", "three townships verify clues"):
        clues = await townships.read_clues(system)
        towns = townships.busiest_towns(clues)
        results = await townships.verify(system, clues, towns, register.monitored)
    report.failures += [
        f"clue {clue_id}: {wanted} became {state}" for clue_id, (wanted, state) in results.items() if wanted != state
    ]
    if len(results) != townships.TOWNSHIPS * len(townships.RESULTS):
        report.failures.append(f"only {len(results)} clues could be verified")
    with show.stage("apply", "农户申报和干部走访", "a self-application and a cadre visit"):
        # Rather households without a clue; another clue of the same risk would take theirs in.
        known = {clue.household_id for clue in clues}
        taken = {clue.household_id for clue in clues if clue.risk_type in journey.BY_HAND_RISKS or clue.id in results}
        free = sorted(
            (
                (household_id, area)
                for household_id, area in register.area.items()
                if townships.town_of(area) == towns[0] and household_id not in taken
            ),
            key=lambda household: household[0] in known,
        )
        by_hand = await journey.report_by_hand(system, free[:2], towns[0])
        if len(set(by_hand)) != 2:
            report.failures.append("a self-application and a visit to another household became one clue")
    with show.stage("help", "一户:识别认定到措施落实", "one household: identified, planned, helped"):
        await settle(system)
        identified = ("confirmed_identify", "confirmed_identify")
        confirmed = next(clue for clue in clues if results.get(clue.id) == identified)
        report.episode_states = await journey.help_one_household(system, confirmed)
    if report.episode_states[-1] != "ASSISTING":
        report.failures.append(f"the household's case ended as {report.episode_states[-1]}")
    clues = await townships.read_clues(system)
    report.clues = len(clues)
    report.clues_by_state = dict(sorted(Counter(clue.state for clue in clues).items()))
    with show.stage("duties", "统计到期须办事项", "count what must be done by a day"):
        await settle(system)
        report.duties = await month.read_duties(system)


class Channels:
    """The four ways of receiving, opened before anything can be alerted."""

    def __init__(self, webhook: WebhookReceiver, listeners: list[Listener], alerts_database_url: str) -> None:
        self._webhook = webhook
        self._alerts_database_url = alerts_database_url
        self._listeners = listeners

    @classmethod
    async def open(cls, options: DemoOptions, system: EmbeddedSystem, subscriber: Bangfu) -> Channels:
        """Subscribe and start listening."""
        webhook = WebhookReceiver()
        await webhook.start()
        subscription = await subscriber.subscriptions.create("demo", "webhook", url=webhook.url)
        webhook.secret = subscription.secret or ""
        kind, _, servers = options.bus.partition(":")
        bus = KafkaReader(servers) if kind == "kafka" else EmbeddedBusReader(system.bus_database_url)
        listeners: list[Listener] = [CursorReader(subscriber), SseListener(subscriber), bus]
        for listener in listeners:
            listener.start()
        return cls(webhook, listeners, system.database_url("alerts"))

    @property
    def inboxes(self) -> list[Inbox]:
        """What each received."""
        return [*(listener.inbox for listener in self._listeners), self._webhook.inbox]

    async def check(self, report: Report) -> list[str]:
        """Wait until every channel has what is published up to now, then compare all four.

        Alerts that come later (something falls overdue while we look) are left out on every channel alike.
        """
        published = await published_alerts(self._alerts_database_url)
        position = published[-1].position if published else 0
        report.alerts_published = len(published)
        for _ in range(int(_CHANNEL_WAIT_S / 0.3)):
            if not any(differences(published, inbox, position) for inbox in self.inboxes):
                break
            await asyncio.sleep(0.3)
        failures: list[str] = []
        for inbox in self.inboxes:
            found = differences(published, inbox, position)
            failures += found
            report.channels[inbox.name] = ChannelCount(
                received=len(inbox.upto(position)), repeats=inbox.repeats, is_identical=not found
            )
        if not published:
            failures.append("no alert was published")
        return failures

    async def close(self) -> None:
        """Stop listening."""
        for listener in self._listeners:
            await listener.stop()
        await self._webhook.stop()
