"""Writes the whole county to a folder, household by household."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random
from typing import TextIO

from bangfu_county.areas import plan_towns, write_areas
from bangfu_county.calendar import Month
from bangfu_county.counters import call
from bangfu_county.datasets import DATASETS
from bangfu_county.delivery import Delivery
from bangfu_county.dirt import Desk, Mixup
from bangfu_county.employment import employ
from bangfu_county.families import FamilyRoom
from bangfu_county.invented import invent
from bangfu_county.ledgers import Ledger, usual_rows
from bangfu_county.manifest import Manifest, NearMiss, Planted
from bangfu_county.model import Household
from bangfu_county.numbers import NumberOffice
from bangfu_county.readme import describe
from bangfu_county.register import registry_line
from bangfu_county.settlement import LIVED, Settlement
from bangfu_county.stories import STORIES, Scene, Story
from bangfu_county.student_aid import support

MIN_HOUSEHOLDS = 400


def generate(out_dir: Path, *, households: int = 20_000, seed: int = 1, period: str = "2026-10") -> Manifest:
    """Write a synthetic county and the month that its departments deliver.

    The same arguments give the same bytes. Files are streamed: memory grows with the manifest and with the numbers
    given out, not with the files.

    Args:
        out_dir: Folder, created when missing. Files of an earlier county, as its manifest lists them, are removed.
        households: At least 400, so that every story finds a household and others are left.
        seed: Any whole number.
        period: The month, "2026-10".

    Returns:
        The manifest, also written as `manifest.json`.

    Raises:
        ValueError: too few households, or not a month.
    """
    if households < MIN_HOUSEHOLDS:
        raise ValueError(f"at least {MIN_HOUSEHOLDS} households are needed, not {households}")
    _clear(out_dir)
    return _Writer(out_dir, households, seed, period).write()


def _clear(out_dir: Path) -> None:
    """Remove the department files of an earlier county, so that none of its parts is read with the new ones."""
    manifest = out_dir / "manifest.json"
    if not manifest.exists():
        return
    folder = (out_dir / "departments").resolve()
    for entry in Manifest.read(manifest).files:
        path = (out_dir / entry.path).resolve()
        if path.is_relative_to(folder):
            path.unlink(missing_ok=True)
    manifest.unlink()


def _cast(rng: Random, households: int) -> dict[int, Story]:
    """Decide which household plays which story: every story at least once, planted ones more often in big counties."""
    roles: list[Story] = []
    for rule in dict.fromkeys(story.rule for story in STORIES):
        planted = [s for s in STORIES if s.rule == rule and s.severity is not None]
        near = [s for s in STORIES if s.rule == rule and s.severity is None]
        for stories, wanted in ((planted, max(3, -(-households // 1000))), (near, households // 2000)):
            count = max(len(stories), wanted) if stories else 0
            roles.extend(stories[nth % len(stories)] for nth in range(count))
    return dict(zip(rng.sample(range(households), len(roles)), roles, strict=True))


class _Writer:
    def __init__(self, out_dir: Path, households: int, seed: int, period: str) -> None:
        self._root, self._total = out_dir, households
        self._month = Month.parse(period)
        self._office = NumberOffice()
        self._rng = Random(f"county {seed}")  # noqa: S311 - repeatable on purpose
        self._inventor = Random(f"invented {seed}")  # noqa: S311
        self._works = Random(f"works {seed}")  # noqa: S311
        self._counters = Random(f"counters {seed}")  # noqa: S311
        self._manifest = Manifest(seed, period, {}, [], [], {}, [])
        self._tally: Counter[str] = Counter()
        (out_dir / "registry").mkdir(parents=True, exist_ok=True)
        self._desks = {
            code: Desk(
                Delivery(out_dir, dataset, households),
                FamilyRoom(Random(f"strangers {code} {seed}"), self._office, self._month),  # noqa: S311
                self._month,
                Random(f"dirt {code} {seed}"),  # noqa: S311
            )
            for code, dataset in DATASETS.items()
            if dataset.is_of_persons
        }
        self._alone = {
            code: Ledger(Delivery(out_dir, dataset, households), self._month)
            for code, dataset in DATASETS.items()
            if not dataset.is_of_persons
        }
        self._mixup = Mixup(Random(f"names {seed}"))  # noqa: S311

    def write(self) -> Manifest:
        towns = plan_towns(self._total)
        areas = write_areas(self._root / "registry" / "areas.csv", towns)
        room = FamilyRoom(self._rng, self._office, self._month)
        settlement = Settlement(self._rng, room, self._month, towns)
        cast = _cast(self._rng, self._total)
        with (self._root / "registry" / "households.ndjson").open("w", encoding="utf-8", newline="\n") as registry:
            for number in range(self._total):
                story = cast.get(number)
                household = settlement.household(number, self._total, story.wish if story else None)
                employ(self._works, self._month, household)
                support(self._works, self._month, household)
                call(self._counters, self._month, household)
                if story is None:
                    self._mixup.visit(household)
                else:
                    self._play(story, household)
                self._send(household, registry)
        return self._finish(areas)

    def _play(self, story: Story, household: Household) -> None:
        scene = Scene(self._rng, self._month, self._office, household)
        if story.tell is not None:
            story.tell(scene)
        person_no = scene.member(story.about).person_no if story.about else None
        severity = story.severity_in(self._month)
        if severity is None:
            self._manifest.near_misses.append(NearMiss(story.rule, household.hh_no, person_no, story.zh, story.en))
        else:
            self._manifest.planted.append(Planted(story.rule, household.hh_no, person_no, severity, story.zh, story.en))

    def _send(self, household: Household, registry: TextIO) -> None:
        registry.write(registry_line(household))
        for code, desk in self._desks.items():
            desk.begin_household()
            if code not in LIVED:
                invent(self._inventor, self._month, household, DATASETS[code])
        for person in household.members:
            for code, rows in person.rows.items():
                for row in rows:
                    self._desks[code].send(household, person, row)
        for code, rows in household.rows.items():
            for row in rows:
                self._alone[code].send(row)
        self._count(household)

    def _count(self, household: Household) -> None:
        tally, size = self._tally, len(household.members)
        tally["households"] += 1
        tally["persons"] += size
        tally["former_poor_households"] += household.hh_type == "1"
        tally["monitored_households"] += household.is_monitored
        year = self._month.year
        if household.is_low_income and year in household.incomes and year - 1 in household.incomes:
            tally["_heads"] += size
            tally["_net"] += household.incomes[year].net
            tally["_net_before"] += household.incomes[year - 1].net

    def _finish(self, areas: int) -> Manifest:
        manifest, tally = self._manifest, self._tally
        heads, net, before = (tally.pop(key, 0) for key in ("_heads", "_net", "_net_before"))
        for code, row in usual_rows(self._month):
            self._alone[code].send(row)
        desks: dict[str, Desk | Ledger] = {**self._desks, **self._alone}
        for code, desk in sorted(desks.items()):
            manifest.files.extend(desk.close())
            manifest.dirt[code] = desk.dirt
        manifest.counts = {
            "areas": areas,
            **tally,
            "planted": len(manifest.planted),
            "near_misses": len(manifest.near_misses),
            "low_income_net_per_head": round(net / heads / 100, 2),
            "low_income_growth": round(net / before - 1, 4),
        }
        manifest.write(self._root / "manifest.json")
        (self._root / "README.txt").write_text(describe(manifest), encoding="utf-8")
        return manifest
