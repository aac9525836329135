"""What happens to a county after its first comparison, chapter by chapter; each is judged, and stands by itself."""

from __future__ import annotations

import csv
import io
from collections.abc import Awaitable, Callable
from datetime import date
from decimal import Decimal
from typing import Any

from adversarial.county import AS_OF, BEFORE, PERIOD, TOWNS, Case, Row, all_rows
from adversarial.judge import differences
from adversarial.run import Run
from adversarial.tables import CSV, File
from adversarial.writing import fields_of

# What another township's profile sets: every number moves where a draw lies.
OTHER_PROFILE = {
    "income.monitoring_line": "9000", "med.self_paid_low_income": "9000", "med.self_paid_other": "13000",
    "edu.fee_self_paid": "9500", "civ.new_months": "1", "civ.temp_count": "1", "agr.rigid_share": "0.4",
}  # fmt: skip
_OF_LISTS = ("R-EDU-01", "R-EDU-03", "R-EDU-91", "R-CIV-03", "R-CIV-91", "R-MED-01", "R-MED-02")
_NEWER, _OLDER = date(2026, 10, 25), date(2026, 10, 5)  # than the lists' own day


async def torn(run: Run) -> None:
    """A list that is torn off; one that is held, released, held again and withdrawn, held and overtaken."""
    file = run.writer.write("DS-MED-COST", [_dearer(row) for row in run.told("DS-MED-COST") if not row.flaw], "ndjson")
    await run.product.begin("DS-MED-COST", PERIOD, file)
    dataset = run.rng.choice(("DS-EDU-ROLL", "DS-MED-COST", "DS-CIV-LOW"))
    everything = run.told(dataset)
    some = [row for row in everything if row.flaw is None][::2]
    changed = [_dearer(row) for row in some] if dataset == "DS-MED-COST" else some
    held = await _held(run, dataset, changed)
    await run.judge(f"after a list of {dataset} that is held, and one that was torn off")
    await run.product.decide(dataset, held, "release")
    others = [row for row in all_rows(run.cases) if row.dataset != dataset]
    await run.judge(f"after the list of {dataset} was released", [*others, *changed])
    await run.send(dataset, everything)
    await run.product.decide(dataset, await _held(run, dataset, changed), "withdraw")
    await _held(run, dataset, changed)
    await run.send(dataset, everything)  # a good list withdraws the one that still waits
    await run.judge(f"after lists of {dataset} that were withdrawn")


async def _held(run: Run, dataset: str, rows: list[Row]) -> str:
    receipt = await run.send(dataset, rows)
    if receipt["state"] != "held":
        run.verdict.note(f"a list of {dataset} that lost half of its rows", [f"is {receipt['state']}"])
    return str(receipt["id"])


async def late(run: Run) -> None:
    """A list of the month before arrives after this month's; that month is compared, and accuses nobody."""
    rows = [_absent(row) for row in run.told("DS-EDU-ROLL") if row.flaw is None]
    await run.send("DS-EDU-ROLL", rows, BEFORE)
    await run.judge("after a late list of the month before")
    await run.product.compare(BEFORE)
    accused = {found for found in await run.findings(BEFORE) if found.rule in _OF_LISTS}
    run.verdict.note("the month before, whose lists were overtaken", differences(set(), accused))


async def corrected(run: Run) -> None:
    """A list with typing errors; its sheet of rejected rows comes back mended, the contradictions are settled."""
    dataset = run.rng.choice(("DS-MED-COST", "DS-EDU-ROLL", "DS-EDU-FEE"))
    told = run.told(dataset)
    good = [row for row in told if row.flaw is None]
    typos = run.rng.sample(good, min(len(good), max(2, len(good) // 10)))
    rows, meant = [], {}
    for row in told:
        is_typo = any(row is typo for typo in typos)
        rows.append(_mistyped(row) if is_typo else row)
        if is_typo:
            meant[rows[-1].id_no] = row.id_no
    receipt = await run.send(dataset, rows)
    if receipt["state"] == "held":  # in a small county a few errors are a large share
        await run.product.decide(dataset, receipt["id"], "release")
    others = [row for row in all_rows(run.cases) if row.dataset != dataset]
    await run.judge(f"after typing errors in {dataset}", [*others, *rows])
    first: dict[tuple[Any, ...], Row] = {}
    for row in [row for row in rows if row.flaw == "contradicts"]:
        first.setdefault(row.key, row)
    wrong = sum(row.flaw == "id_no" for row in rows) + len(first)
    if not wrong:  # of a small county a department may have nothing to say
        return
    sheet = await run.product.rejects(dataset, receipt["id"])
    mended = await run.product.deliver(dataset, PERIOD, [_mended(dataset, sheet, meant, list(first.values()))])
    if mended["rows_accepted"] != wrong or mended["rows_rejected"] or mended["state"] != "committed":
        became = [f"{wrong} mended rows: {mended['rows_accepted']} taken, {mended['reject_counts']}, {mended['state']}"]
        run.verdict.note(f"the sheet of rejected rows of {dataset}", became)
    for case in run.cases:  # of what contradicted itself the first counts now
        case.rows = [row for row in case.rows if row.dataset != dataset or row.flaw is None or first[row.key] is row]
    for row in first.values():
        row.flaw = None
    await run.judge(f"after the rejected rows of {dataset} came back mended")


def _mended(dataset: str, sheet: str, meant: dict[str, str], first: list[Row]) -> File:
    """Mend the numbers in a sheet as a clerk does; of rows that contradict each other keep the one that is meant."""
    head, *lines = csv.reader(io.StringIO(sheet))
    fields = fields_of(dataset)
    places = {code: _place(head, code, field) for code, field in fields.items() if code != "as_of"}
    kept = []
    for line in lines:
        number = line[places["id_no"]]
        if number in meant:
            line[places["id_no"]] = meant[number]
            kept.append(line)
        elif any(row.id_no == number and all(
            _is_said(row.values.get(code), line[places[code]]) for code in places if code in _TELLING
        ) for row in first):  # fmt: skip
            kept.append(line)
    text = io.StringIO()
    csv.writer(text).writerows([head, *kept])
    return File(text.getvalue().encode("utf-8-sig"), CSV)


_TELLING = ("school", "grade", "outpatient_self_paid_month")  # what two contradictory rows differ in, or are of


def _place(head: list[str], code: str, field: dict[str, Any]) -> int:
    """Find a column in a sheet, whose headings are those of the first file: titles, or the codes of NDJSON."""
    titles = [field["label"], *field.get("aliases", ()), code]
    return next(place for title in titles for place, cell in enumerate(head) if cell.startswith(title))


def _is_said(value: Any, cell: str) -> bool:
    """Tell whether a cell says a value; amounts come back with two decimals, however they were written."""
    if isinstance(value, Decimal) and cell:
        return Decimal(cell) == value
    return cell == ("" if value is None else str(value))


async def added(run: Run) -> None:
    """Rows that join the month, records pushed singly, older and newer; a month of additions that is sent again."""
    for dataset in ("DS-MED-COST", "DS-EDU-ROLL"):
        some = [row for row in run.told(dataset) if row.flaw is None and run.drawer.chance(0.2)]
        for row in some:
            row.values = _other(run, row).values
        if some:
            await run.send(dataset, some, mode="incremental", as_of=_NEWER)
    await run.judge("after rows that were added to lists")
    costs = [row for row in run.told("DS-MED-COST") if row.flaw is None]
    newer = run.rng.sample(costs, min(4, len(costs)))
    for row in newer:
        row.values = _other(run, row).values
        await run.product.push("DS-MED-COST", PERIOD, _record(row, date(2026, 10, 28)))
    for row in newer[:2]:  # older than the record, newer than the list
        await run.product.push("DS-MED-COST", PERIOD, _record(_dearer(row), date(2026, 10, 22)))
    for row in run.rng.sample(costs, min(3, len(costs))):  # older than both
        await run.product.push("DS-MED-COST", PERIOD, _record(_dearer(row), _OLDER))
    grants = run.told("DS-CIV-TEMP")
    gone = {id(row) for row in grants if run.drawer.chance(0.3)}
    for case in run.cases:
        case.rows = [row for row in case.rows if id(row) not in gone or row.flaw]
    await run.send_confirmed("DS-CIV-TEMP", run.told("DS-CIV-TEMP"))
    houses = [row for row in run.told("DS-HOU-GRADE") if row.flaw is None]
    old = [Row(r.dataset, r.id_no, r.name, r.values | {"grade": "D", "appraised_on": date(2026, 2, 1)}) for r in houses]
    await run.send("DS-HOU-GRADE", old, BEFORE)
    await run.judge("after single records, a month of additions sent again, and old appraisals that came late")


def _record(row: Row, as_of: date) -> dict[str, Any]:
    values = {"id_no": row.id_no, "name": row.name, "as_of": as_of} | row.values
    return {
        code: str(value) if isinstance(value, date | Decimal) else value
        for code, value in values.items()
        if value is not None
    }


async def moved(run: Run) -> None:
    """Households that move, grow, shrink and split; a corrected list; newborns that get their numbers."""
    was = {name: person for person, name in (await run.known())[1].items()}
    for row in run.told("DS-MED-COST"):
        if row.flaw is None and run.drawer.chance(0.3):
            row.values = _other(run, row).values
    await run.send("DS-MED-COST", run.told("DS-MED-COST"), as_of=AS_OF)
    same = _numbered(run)
    for case in [*run.cases]:
        members = case.home["members"]
        chance = run.rng.random()
        if chance < 0.08:
            case.home["village_code"] = run.rng.choice(run.villages)
        elif chance < 0.14:
            members.append(run.drawer.person("child", date(2026, 10, run.rng.choice((19, 20, 21)))))
            run.earn(case)
        elif chance < 0.20 and len(members) > 1:
            members.pop()  # died, or left: what departments say of the number is of nobody here
            run.earn(case)
        elif chance < 0.25 and len(members) > 2:
            _split(run, case)
    await run.register()
    await run.send_by_township("DS-MED-ENROL", run.told("DS-MED-ENROL"))  # a list speaks for who lives in its area
    await run.judge("after a corrected list, moves, births, deaths and splits")
    now = {name: person for person, name in (await run.known())[1].items()}
    other = [f"{name} was {old}" for old, name in same.items() if name in now and now[name] != was[old]]
    run.verdict.note("persons who got their numbers", other)


def _numbered(run: Run) -> dict[str, str]:
    """Give numbers to some who had none; give what stood for them, and their person numbers now."""
    same = {}
    for case in run.cases:
        for member in case.home["members"]:
            if "/" in member["person_no"] and run.drawer.chance(0.5):
                known = member["person_no"]
                member |= {"id_no": run.drawer.number(date.fromisoformat(member["birth_date"]), member["sex"]),
                           "person_no": f"99N{len(same):08d}"}  # fmt: skip
                same[known] = member["person_no"]
    return same


def _split(run: Run, case: Case) -> None:
    new = run.drawer.case()
    leaving = case.home["members"].pop() | {"relation": "head"}
    if "/" in leaving["person_no"] or leaving["person_no"].startswith("99N"):  # nobody could tell who that is
        case.home["members"].append(leaving | {"relation": "child"})
        return
    new.home |= {
        "members": [leaving],
        "incomes": run.drawer.incomes(1),
        "village_code": case.home["village_code"],
    }
    new.rows, new.before = [], []
    run.earn(case)
    run.cases.append(new)


async def joined(run: Run) -> None:
    """By hand: households merged and renumbered, records of one person merged, numbers corrected, a village merged."""
    homes, people = (({name: each for each, name in names.items()}) for names in await run.known())
    quiet = [case for case in run.cases if case.home["monitor"] is None]
    gone_ids = [homes[gone.home["hh_no"]] for gone in quiet[0:8:2]]
    for gone, stays in zip(quiet[0:8:2], quiet[1:8:2], strict=True):
        await _merge(run, gone, stays, homes, people)
    left = await run.product.rows("alerts", "SELECT id FROM clue WHERE household_id = ANY(:ids)", ids=gone_ids)
    run.verdict.note("clues of merged households", [f"clue {row.id} stayed behind" for row in left])
    for case in quiet[8:12]:
        number = "Y" + case.home["hh_no"][1:]
        path = f"/v1/households/{homes[case.home['hh_no']]}"
        await run.product.change(f"{path}/renumber", {"hh_no": number, "reason": "重新编号"}, path)
        for member in case.home["members"]:
            member["person_no"] = member["person_no"].replace(f"{case.home['hh_no']}/", f"{number}/")
        case.home["hh_no"] = number
    for case in quiet[12:16]:
        member = case.numbered[-1]
        member["id_no"] = run.drawer.number(date.fromisoformat(member["birth_date"]), member["sex"])
        path = f"/v1/persons/{people[member['person_no']]}/correction"
        body = {"id_no": member["id_no"], "birth_date": member["birth_date"], "reason": "原号码录错"}
        await run.product.change(path, body, f"/v1/households/{homes[case.home['hh_no']]}")
    await _merge_records(run, quiet[16:20], homes, people)
    village = run.villages.pop()
    into = run.rng.choice(run.villages)
    body = {"effective_on": "2026-11-01", "source_document": "某县民政〔2026〕12号",
            "moves": [{"from_code": village, "to_code": into}], "closes": [village]}  # fmt: skip
    await run.product.change("/v1/area-changes", body)
    for case in run.cases:
        if case.home["village_code"] == village:
            case.home["village_code"] = into
    await run.register()
    await run.send_by_township("DS-MED-ENROL", run.told("DS-MED-ENROL"))
    await run.judge("after households, persons and a village were merged, renumbered and corrected by hand")
    homes_now, people_now = (({name: each for each, name in names.items()}) for names in await run.known())
    other = [name for name in homes_now if name[0] == "Y" and homes_now[name] != homes["X" + name[1:]]]
    other += [name for name in people_now if "/" not in name and people_now[name] != people.get(name)]
    run.verdict.note("households and persons that stay the same", other)


async def _merge(run: Run, gone: Case, stays: Case, homes: dict[str, str], people: dict[str, str]) -> None:
    """Merge a household into another one."""
    grown = [member for member in gone.home["members"] if member["relation"] in ("head", "spouse")]
    for member in grown:
        member["relation"] = "other"
    path = f"/v1/households/{homes[gone.home['hh_no']]}"
    relations = [{"id": people[member["person_no"]], "relation": "other"} for member in grown]
    body = {"into": homes[stays.home["hh_no"]], "relations": relations, "reason": "两户合并"}
    await run.product.change(f"{path}/merge", body, path)
    for member in gone.home["members"]:
        if "/" in member["person_no"]:
            member["person_no"] = f"{stays.home['hh_no']}/{member['birth_date']}"
    stays.home["members"] += gone.home["members"]
    stays.rows, stays.before = stays.rows + gone.rows, stays.before + gone.before
    run.cases.remove(gone)
    run.earn(stays)


async def _merge_records(run: Run, cases: list[Case], homes: dict[str, str], people: dict[str, str]) -> None:
    """Somebody is registered a second time, without number and by a pet name; the two records become one."""
    for case in cases:
        twice = {"person_no": "/", "id_no": None, "name": "小名", "relation": "other"}
        case.home["members"].append(case.numbered[-1] | twice)
    for file in run.writer.households(cases):
        await run.product.register(file)
    for case in cases:
        case.home["members"].pop()
        home = homes[case.home["hh_no"]]
        sql = (
            "SELECT CAST(id AS text) AS id FROM person WHERE household_id = :home AND relation = 'other' AND is_active"
        )
        (record,) = await run.product.rows("registry", sql, home=home)
        body = {"into": people[case.numbered[-1]["person_no"]], "reason": "同一人重复登记"}
        await run.product.change(f"/v1/persons/{record.id}/merge", body, f"/v1/households/{home}")


async def turned(run: Run) -> None:
    """The key of tokens changes in mid-month: some lists are of the old one, one is of the new one."""
    await run.product.turn_key()
    await run.judge("after the key was turned")
    dataset = run.rng.choice(sorted({row.dataset for row in all_rows(run.cases)} - {"DS-MED-ENROL"}))
    await run.send(dataset, run.told(dataset), as_of=date(2026, 10, 30))
    await run.judge(f"after {dataset} was sent under the new key")


async def policies(run: Run) -> None:
    """A profile of a township that is dated back; one of a day to come; one that an older day has."""
    town = run.rng.choice(TOWNS)
    region = town.ljust(12, "0")
    run.profiles[town] = OTHER_PROFILE
    await run.product.profile(region, OTHER_PROFILE, date(2026, 8, 1))
    await run.judge("after another profile of a township, dated back")
    await run.product.profile(region, {}, date(2026, 12, 1))
    await run.product.profile(region, {"income.monitoring_line": "20000"}, date(2026, 7, 1))
    await run.judge("after a profile of a day to come, and one of an older day than the one in force")


CHAPTERS: dict[str, Callable[[Run], Awaitable[None]]] = {
    chapter.__name__: chapter for chapter in (torn, corrected, added, turned, moved, joined, policies, late)
}


def _absent(row: Row) -> Row:
    gone = {"roll_status": "transferred", "present": False, "stage": "primary"}
    return Row(row.dataset, row.id_no, row.name, row.values | gone)


def _dearer(row: Row) -> Row:
    dear = {"self_paid_ytd": Decimal(90000), "total": Decimal(90000), "basic_paid": Decimal(0)}
    return Row(
        row.dataset, row.id_no, row.name, row.values | dear | {"critical_paid": Decimal(0), "aid_paid": Decimal(0)}
    )


def _other(run: Run, row: Row) -> Row:
    """The same key with other values."""
    if row.dataset == "DS-MED-COST":
        layers = row.values["basic_paid"] + row.values["critical_paid"] + row.values["aid_paid"]
        paid = run.drawer.about("10000", "26000", "5000")
        return Row(row.dataset, row.id_no, row.name, row.values | {"self_paid_ytd": paid, "total": paid + layers})
    status = run.rng.choice(("enrolled", "suspended"))
    present = status == "enrolled" and run.drawer.chance(0.5)
    return Row(row.dataset, row.id_no, row.name, row.values | {"roll_status": status, "present": present})


def _mistyped(row: Row) -> Row:
    wrong = str((int(row.id_no[16]) + 5) % 10)
    return Row(row.dataset, row.id_no[:16] + wrong + row.id_no[17], row.name, row.values, "id_no")
