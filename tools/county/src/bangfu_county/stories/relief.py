"""Stories of R-CIV-01 (new relief), R-CIV-02 (no labour and no allowance) and R-CIV-03 (allowance stopped)."""

from __future__ import annotations

from datetime import date, timedelta

from bangfu_county.model import Person
from bangfu_county.stories.book import Book, Mark, Scene, Wish
from bangfu_county.welfare import LOW, TEMP, low_row, temp_row

BOOK = Book()
_ORDINARY = Wish(shape="couple")
_EARLIER = date(2022, 7, 1)


def _new(scene: Scene, kind: str, person: Person) -> None:
    row = low_row(kind, scene.month.first + timedelta(days=3), 38000, change="new", reason="illness")
    person.rows[LOW].append(row)


@BOOK.planted("R-CIV-01", _ORDINARY)
def allowance_granted_this_month(scene: Scene) -> Mark:
    for person in scene.household.members:
        _new(scene, "dibao", person)
    return Mark(None, "一般农户本月新增低保", "ordinary household, allowance granted this month", "ORANGE")


@BOOK.planted("R-CIV-01", _ORDINARY)
def rigid_expenditure_recognised(scene: Scene) -> Mark:
    _new(scene, "rigid", scene.head)
    return Mark(None, "本月认定为刚性支出困难", "recognised this month for rigid expenditure", "ORANGE")


@BOOK.planted("R-CIV-01", Wish(shape="couple", hh_type="1"))
def two_grants_within_a_year(scene: Scene) -> Mark:
    scene.head.rows[TEMP].append(temp_row(scene.rng, scene.month, scene.month.months_back(12) + timedelta(days=1)))
    scene.spouse.rows[TEMP].append(temp_row(scene.rng, scene.month, scene.month.as_of))
    return Mark(None, "十二个月内两名成员各得一次临时救助", "two one-off grants in twelve months", "ORANGE")


@BOOK.planted("R-CIV-01", _ORDINARY)
def refused_long_ago(scene: Scene) -> Mark:
    scene.household.negative_on = scene.month.months_back(14)
    _new(scene, "marginal", scene.head)
    return Mark(None, "一年多前的不予纳入决定已失效", "the refusal on file is older than a year", "ORANGE")


@BOOK.near("R-CIV-01", _ORDINARY)
def decided_this_spring(scene: Scene) -> Mark:
    scene.household.negative_on = scene.month.months_back(6)
    _new(scene, "dibao", scene.head)
    return Mark(None, "半年前已作出不予纳入决定", "a refusal of six months ago is on file")


@BOOK.near("R-CIV-01", Wish(shape="couple", category="1"))
def already_monitored(scene: Scene) -> Mark:
    _new(scene, "dibao", scene.head)
    return Mark(None, "已是监测户", "is monitored already")


@BOOK.near("R-CIV-01", _ORDINARY)
def granted_last_month(scene: Scene) -> Mark:
    started = scene.month.first - timedelta(days=1)
    scene.head.rows[LOW].append(low_row("dibao", started, 38000, change="new", reason="illness"))
    return Mark(None, "上月最后一天起发", "granted on the last day of the month before")


@BOOK.near("R-CIV-01", _ORDINARY)
def one_grant_is_a_year_old(scene: Scene) -> Mark:
    scene.head.rows[TEMP].append(temp_row(scene.rng, scene.month, scene.month.months_back(12)))
    scene.head.rows[TEMP].append(temp_row(scene.rng, scene.month, scene.month.first))
    return Mark(None, "其中一次救助恰好在十二个月前,已出窗口", "one of two grants lies exactly twelve months back")


@BOOK.near("R-CIV-01", _ORDINARY)
def one_grant_only(scene: Scene) -> Mark:
    scene.head.rows[TEMP].append(temp_row(scene.rng, scene.month))
    return Mark(None, "只有一次临时救助", "one grant only")


def _without_relief(scene: Scene) -> None:
    for person in scene.household.members:
        person.rows[LOW].clear()
        person.relief = "none"
        person.labour = "5"


@BOOK.planted("R-CIV-02", Wish(shape="elder_couple", hh_type="1"))
def old_couple_without_allowance(scene: Scene) -> Mark:
    _without_relief(scene)
    return Mark(None, "脱贫户老两口无劳动力且无低保", "former poor old couple, no labour, no allowance", "RED")


@BOOK.planted("R-CIV-02", Wish(shape="single_adult", category="1"))
def disabled_and_alone(scene: Scene) -> Mark:
    _without_relief(scene)
    scene.head.labour, scene.head.health = "4", ["disabled"]
    return Mark(None, "监测户独居残疾人丧失劳动力且无低保", "monitored, disabled and alone, no allowance", "RED")


@BOOK.planted("R-CIV-02", Wish(shape="elder_couple", hh_type="1"))
def marginal_status_only(scene: Scene) -> Mark:
    _without_relief(scene)
    scene.head.rows[LOW].append(low_row("marginal", _EARLIER, 0, reason="no_labour"))
    return Mark(None, "只有低保边缘身份,没有低保", "only marginal status, which is no allowance", "RED")


@BOOK.near("R-CIV-02", Wish(shape="elder_couple", hh_type="1"))
def one_of_them_has_it(scene: Scene) -> Mark:
    _without_relief(scene)
    scene.spouse.rows[LOW].append(low_row("dibao", _EARLIER, 26000, reason="no_labour"))
    scene.spouse.relief = "dibao"
    return Mark(None, "老两口中一人享受低保", "one of the couple receives it")


@BOOK.near("R-CIV-02", Wish(shape="elder_couple", hh_type="1"))
def half_labour_left(scene: Scene) -> Mark:
    _without_relief(scene)
    scene.head.labour = "3"
    return Mark(None, "户主还是半劳动力", "the head still has half labour")


@BOOK.near("R-CIV-02", Wish(shape="elder_couple"))
def neither_former_poor_nor_monitored(scene: Scene) -> Mark:
    _without_relief(scene)
    return Mark(None, "一般农户,不属本规则", "an ordinary household")


@BOOK.near("R-CIV-02", Wish(shape="elder_couple", hh_type="1"))
def misspelt_on_the_list(scene: Scene) -> Mark:
    _without_relief(scene)
    scene.head.rows[LOW].append(low_row("dibao", _EARLIER, 26000, reason="no_labour"))
    scene.misname(LOW, scene.head)
    return Mark(None, "低保名单上姓名写错,待核", "misspelt on the list: set apart, so nothing may be claimed")


def _stopped(scene: Scene, kind: str, to_on: date) -> None:
    for person in scene.household.members:
        person.rows[LOW][:] = [{**low_row(kind, _EARLIER, 26000, change="stopped", reason="other"), "to_on": to_on}]
        person.relief = "none"


@BOOK.planted("R-CIV-03", Wish(shape="couple", hh_type="1"))
def stopped_in_spring(scene: Scene) -> Mark:
    _stopped(scene, "dibao", scene.month.months_back(7))
    return Mark(None, "脱贫户低保停发已半年多", "former poor, allowance stopped seven months ago", "YELLOW")


@BOOK.planted("R-CIV-03", Wish(shape="couple", category="2"))
def grace_ends_today(scene: Scene) -> Mark:
    _stopped(scene, "dibao", scene.month.months_back(3))
    return Mark(None, "监测户渐退期今天届满", "monitored, the grace period ends on this very day", "YELLOW")


@BOOK.planted("R-CIV-03", Wish(shape="couple", hh_type="1"))
def stopped_and_now_marginal(scene: Scene) -> Mark:
    _stopped(scene, "dibao", scene.month.months_back(5))
    scene.head.rows[LOW].append(low_row("marginal", scene.month.months_back(4), 0, reason="other"))
    return Mark(None, "停发后只有低保边缘身份", "stopped, and only marginal since", "YELLOW")


@BOOK.near("R-CIV-03", Wish(shape="couple", hh_type="1"))
def grace_is_running(scene: Scene) -> Mark:
    _stopped(scene, "dibao", scene.month.months_back(2))
    return Mark(None, "渐退期未满", "the grace period is running")


@BOOK.near("R-CIV-03", Wish(shape="couple", hh_type="1"))
def spouse_still_receives_it(scene: Scene) -> Mark:
    _stopped(scene, "dibao", scene.month.months_back(7))
    scene.spouse.rows[LOW][:] = [low_row("dibao", _EARLIER, 26000, reason="illness")]
    scene.spouse.relief = "dibao"
    return Mark(None, "配偶仍在享受低保", "the spouse still receives it")


@BOOK.near("R-CIV-03", _ORDINARY)
def ordinary_household(scene: Scene) -> Mark:
    _stopped(scene, "dibao", scene.month.months_back(7))
    return Mark(None, "一般农户,不属本规则", "an ordinary household")
