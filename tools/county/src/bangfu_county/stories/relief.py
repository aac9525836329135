"""Stories of R-CIV-01 (new relief), R-CIV-02 (no labour and no allowance) and R-CIV-03 (allowance stopped)."""

from __future__ import annotations

from datetime import date, timedelta

from bangfu_county.circumstances import HUKOU, hukou_row
from bangfu_county.model import Person
from bangfu_county.stories.book import YUAN, Scene, Story, Wish
from bangfu_county.welfare import LOW, TEMP, low_row, temp_row

_ORDINARY = Wish(shape="couple")
_EARLIER = date(2022, 7, 1)


def _new(scene: Scene, kind: str, person: Person) -> None:
    row = low_row(kind, scene.month.first + timedelta(days=3), 38000, change="new", reason="illness")
    person.rows[LOW].append(row)


def _without_relief(scene: Scene) -> None:
    for person in scene.household.members:
        person.rows[LOW].clear()
        person.relief = "none"
        person.labour = "5"


def _stopped(scene: Scene, kind: str, to_on: date) -> None:
    for person in scene.household.members:
        person.rows[LOW][:] = [{**low_row(kind, _EARLIER, 26000, change="stopped", reason="other"), "to_on": to_on}]
        person.relief = "none"


def _allowance_granted_this_month(scene: Scene) -> None:
    for person in scene.household.members:
        _new(scene, "dibao", person)


def _two_grants_within_a_year(scene: Scene) -> None:
    scene.head.rows[TEMP].append(temp_row(scene.rng, scene.month, scene.month.months_back(12) + timedelta(days=1)))
    scene.spouse.rows[TEMP].append(temp_row(scene.rng, scene.month, scene.month.as_of))


def _refused_long_ago(scene: Scene) -> None:
    scene.household.negative_on = scene.month.months_back(14)
    _new(scene, "marginal", scene.head)


def _decided_this_spring(scene: Scene) -> None:
    scene.household.negative_on = scene.month.months_back(6)
    _new(scene, "dibao", scene.head)


def _granted_last_month(scene: Scene) -> None:
    started = scene.month.first - timedelta(days=1)
    scene.head.rows[LOW].append(low_row("dibao", started, 38000, change="new", reason="illness"))


def _adjusted_this_month(scene: Scene) -> None:
    row = low_row("dibao", scene.month.first, 41000, change="adjusted", reason="illness")
    scene.head.rows[LOW].append(row)


def _both_granted_on_one_day(scene: Scene) -> None:
    for person in (scene.head, scene.spouse):
        person.rows[TEMP].append(temp_row(scene.rng, scene.month, scene.month.first))


def _one_grant_is_a_year_old(scene: Scene) -> None:
    scene.head.rows[TEMP].append(temp_row(scene.rng, scene.month, scene.month.months_back(12)))
    scene.head.rows[TEMP].append(temp_row(scene.rng, scene.month, scene.month.first))


def _disabled_and_alone(scene: Scene) -> None:
    _without_relief(scene)
    scene.head.labour, scene.head.health = "4", ["disabled"]


def _marginal_status_only(scene: Scene) -> None:
    _without_relief(scene)
    scene.head.rows[LOW].append(low_row("marginal", _EARLIER, 0, reason="no_labour"))


def _one_of_them_has_it(scene: Scene) -> None:
    _without_relief(scene)
    scene.spouse.rows[LOW].append(low_row("dibao", _EARLIER, 26000, reason="no_labour"))
    scene.spouse.relief = "dibao"


def _half_labour_left(scene: Scene) -> None:
    _without_relief(scene)
    scene.head.labour = "3"
    for person in scene.household.members:
        person.health = ["chronic"]


def _half_labour_disabled_and_poor(scene: Scene) -> None:
    _half_labour_left(scene)
    scene.spouse.health = ["disabled"]
    scene.earn(8400 * YUAN, 8300 * YUAN, 8200 * YUAN)


def _half_labour_disabled_and_not_poor(scene: Scene) -> None:
    _half_labour_left(scene)
    scene.spouse.health = ["disabled"]
    scene.earn(8500 * YUAN, 8300 * YUAN, 8200 * YUAN)


def _misspelt_on_the_list(scene: Scene) -> None:
    _without_relief(scene)
    scene.head.rows[LOW].append(low_row("dibao", _EARLIER, 26000, reason="no_labour"))
    scene.misname(LOW, scene.head)


def _stopped_and_now_marginal(scene: Scene) -> None:
    _stopped(scene, "dibao", scene.month.months_back(5))
    scene.head.rows[LOW].append(low_row("marginal", scene.month.months_back(4), 0, reason="other"))


def _spouse_still_receives_it(scene: Scene) -> None:
    _stopped(scene, "dibao", scene.month.months_back(7))
    scene.spouse.rows[LOW][:] = [low_row("dibao", _EARLIER, 26000, reason="illness")]
    scene.spouse.relief = "dibao"


def _poor_and_on_the_allowance(scene: Scene) -> None:
    scene.earn(5000 * YUAN, 4900 * YUAN, 4800 * YUAN)
    scene.head.rows[LOW].append(low_row("dibao", _EARLIER, 26000, reason="illness"))
    scene.head.relief = "dibao"


def _receiver_died(scene: Scene) -> None:
    _without_relief(scene)
    scene.spouse.rows[LOW].append(low_row("dibao", _EARLIER, 26000, reason="no_labour"))
    scene.spouse.relief = "dibao"
    scene.spouse.rows[HUKOU].append(hukou_row("death", scene.month.months_back(4)))


def _died_and_newly_listed(scene: Scene) -> None:
    _new(scene, "dibao", scene.spouse)
    scene.spouse.rows[HUKOU].append(hukou_row("death", scene.month.months_back(4)))


def _register(scene: Scene, kind: str) -> None:
    scene.head.relief = kind


def _listed_as_registered(scene: Scene) -> None:
    _register(scene, "dibao")
    scene.head.rows[LOW].append(low_row("dibao", _EARLIER, 26000, reason="illness"))


def _registered_and_misspelt_on_the_list(scene: Scene) -> None:
    _listed_as_registered(scene)
    scene.misname(LOW, scene.head)


STORIES = (
    Story("R-CIV-01", _ORDINARY, _allowance_granted_this_month, "ORANGE",
          "一般农户本月新增低保", "ordinary household, allowance granted this month"),
    Story("R-CIV-01", _ORDINARY, lambda s: _new(s, "rigid", s.head), "ORANGE",
          "本月认定为刚性支出困难", "recognised this month for rigid expenditure"),
    Story("R-CIV-01", Wish(shape="couple", hh_type="1"), _two_grants_within_a_year, "ORANGE",
          "十二个月内两名成员各得一次临时救助", "two one-off grants in twelve months"),
    Story("R-CIV-01", _ORDINARY, _refused_long_ago, "ORANGE",
          "一年多前的不予纳入决定已失效", "the refusal on file is older than a year"),
    Story("R-CIV-01", _ORDINARY, _decided_this_spring, None,
          "半年前已作出不予纳入决定", "a refusal of six months ago is on file"),
    Story("R-CIV-01", Wish(shape="couple", category="1"), lambda s: _new(s, "dibao", s.head), None,
          "已是监测户", "is monitored already"),
    Story("R-CIV-01", _ORDINARY, _granted_last_month, "ORANGE",
          "上月最后一天起发,本月名单列为新增", "granted on the last day of the month before, and called new"),
    Story("R-CIV-01", _ORDINARY, _adjusted_this_month, None,
          "金额调整,并非新增", "another amount, nothing new"),
    Story("R-CIV-01", _ORDINARY, _both_granted_on_one_day, None,
          "夫妻同日同因获临时救助,只算一次", "both spouses on one day for one reason: one grant"),
    Story("R-CIV-01", _ORDINARY, _one_grant_is_a_year_old, None,
          "其中一次救助恰好在十二个月前,已出窗口", "one of two grants lies exactly twelve months back"),
    Story("R-CIV-01", _ORDINARY, lambda s: s.head.rows[TEMP].append(temp_row(s.rng, s.month)), None,
          "只有一次临时救助", "one grant only"),
    Story("R-CIV-02", Wish(shape="elder_couple", hh_type="1"), _without_relief, "RED",
          "脱贫户老两口无劳动力且无低保", "former poor old couple, no labour, no allowance"),
    Story("R-CIV-02", Wish(shape="single_adult", category="1"), _disabled_and_alone, "RED",
          "监测户独居残疾人丧失劳动力且无低保", "monitored, disabled and alone, no allowance"),
    Story("R-CIV-02", Wish(shape="elder_couple", hh_type="1"), _marginal_status_only, "RED",
          "只有低保边缘身份,没有低保", "only marginal status, which is no allowance"),
    Story("R-CIV-02", Wish(shape="elder_couple", hh_type="1"), _one_of_them_has_it, None,
          "老两口中一人享受低保", "one of the couple receives it"),
    Story("R-CIV-02", Wish(shape="elder_couple", hh_type="1"), _half_labour_left, None,
          "户主还是半劳动力", "the head still has half labour"),
    Story("R-CIV-02", Wish(shape="elder_couple"), _without_relief, "RED",
          "一般农户老两口无劳动力且无低保", "an ordinary old couple, no labour, no allowance"),
    Story("R-CIV-02", Wish(shape="elder_couple"), _half_labour_disabled_and_poor, "RED",
          "只有半劳动力,有残疾成员且收入低于监测线", "half labour, a disabled member, income below the line"),
    Story("R-CIV-02", Wish(shape="elder_couple", hh_type="1"), _half_labour_disabled_and_not_poor, None,
          "只有半劳动力且有残疾成员,收入恰在监测线", "half labour, a disabled member, income exactly at the line"),
    Story("R-CIV-02", Wish(shape="elder_couple", hh_type="1"), _receiver_died, "RED",
          "低保发给已死亡的老伴,在世的没有", "the allowance is paid to the dead spouse, the one left has none"),
    Story("R-CIV-01", _ORDINARY, _died_and_newly_listed, None,
          "新增低保对象已死亡", "the one who is newly on the list has died"),
    Story("R-CIV-02", Wish(shape="elder_couple", hh_type="1"), _misspelt_on_the_list, None,
          "低保名单上姓名写错,待核", "misspelt on the list: set apart, so nothing may be claimed"),
    Story("R-CIV-07", _ORDINARY, lambda s: s.earn(6599 * YUAN, 6500 * YUAN, 6400 * YUAN), "YELLOW",
          "收入低于低保标准,没有低保", "income below the line of the allowance, no allowance"),
    Story("R-CIV-07", Wish(shape="couple", hh_type="1"), lambda s: s.earn(5000 * YUAN, 4900 * YUAN, 4800 * YUAN),
          "YELLOW", "脱贫户收入低于低保标准", "a former poor couple below the line of the allowance"),
    Story("R-CIV-07", _ORDINARY, lambda s: s.earn(6600 * YUAN, 6500 * YUAN, 6400 * YUAN), None,
          "收入恰在低保标准", "income exactly at the line of the allowance"),
    Story("R-CIV-07", _ORDINARY, _poor_and_on_the_allowance, None,
          "收入低但已享受低保", "income below the line, on the allowance already"),
    Story("R-CIV-91", _ORDINARY, lambda s: _register(s, "tekun"), "INFO",
          "登记为特困供养,名单没有", "registered as in extreme poverty, not on the list", about="head"),
    Story("R-CIV-91", _ORDINARY, _listed_as_registered, None,
          "登记与名单一致", "the register and the list agree", about="head"),
    Story("R-CIV-91", _ORDINARY, _registered_and_misspelt_on_the_list, None,
          "名单上姓名写错,待核", "misspelt on the list: set apart", about="head"),
    Story("R-CIV-03", Wish(shape="couple", hh_type="1"), lambda s: _stopped(s, "dibao", s.month.months_back(7)),
          "YELLOW", "脱贫户低保停发已半年多", "former poor, allowance stopped seven months ago"),
    Story("R-CIV-03", Wish(shape="couple", category="2"), lambda s: _stopped(s, "dibao", s.month.months_back(3)),
          "YELLOW", "监测户渐退期今天届满", "monitored, the grace period ends on this very day"),
    Story("R-CIV-03", Wish(shape="couple", hh_type="1"), _stopped_and_now_marginal, "YELLOW",
          "停发后只有低保边缘身份", "stopped, and only marginal since"),
    Story("R-CIV-03", Wish(shape="couple", hh_type="1"), lambda s: _stopped(s, "dibao", s.month.months_back(2)), None,
          "渐退期未满", "the grace period is running"),
    Story("R-CIV-03", Wish(shape="couple", hh_type="1"), _spouse_still_receives_it, None,
          "配偶仍在享受低保", "the spouse still receives it"),
    Story("R-CIV-03", _ORDINARY, lambda s: _stopped(s, "dibao", s.month.months_back(7)), None,
          "一般农户,不属本规则", "an ordinary household"),
)  # fmt: skip
