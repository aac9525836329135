"""Stories of R-EDU-01 (child of compulsory age out of school), R-EDU-02 (fees) and R-EDU-03 (several students)."""

from __future__ import annotations

from datetime import date, timedelta

from bangfu_county.calendar import years_before
from bangfu_county.model import Record
from bangfu_county.schooling import EXEMPT, FEE, ROLL, fee_row, roll_row
from bangfu_county.stories.book import YUAN, Scene, Story, Wish

_PUPIL = Wish(child_ages=(9,))
_TEEN = Wish(child_ages=(13,))
_STUDENT = Wish(child_ages=(19,))
_TWO_STUDENTS = Wish(child_ages=(19, 17))


def _exemption(valid_to: date | None) -> Record:
    return {"reason": "physical", "evidence_no": "明残评字第0032号", "valid_to": valid_to}


def _charge(scene: Scene, total_yuan: int, aid_yuan: int, extra_fen: int = 0) -> None:
    tuition = (total_yuan - 1800) * YUAN + extra_fen
    scene.child().school_stage = "bachelor"
    scene.child().rows[ROLL] = [roll_row("bachelor", 2, "")]
    scene.child().rows[FEE] = [fee_row(scene.month, "bachelor", tuition, 1200 * YUAN, 600 * YUAN, aid_yuan * YUAN)]


def _on_the_roll_but_absent(scene: Scene) -> None:
    child = scene.child()
    child.rows[ROLL] = [{**roll_row("junior", 8, "城关镇"), "present": False}]


def _suspended_without_exemption(scene: Scene) -> None:
    child = scene.child()
    child.rows[ROLL] = [{**roll_row("primary", 5, "城关镇"), "roll_status": "suspended", "present": False}]


def _exemption_ran_out(scene: Scene) -> None:
    child = scene.child()
    child.rows[ROLL], child.rows[EXEMPT] = [], [_exemption(scene.month.first - timedelta(days=1))]


def _turned_six_on_the_cutoff_day(scene: Scene) -> None:
    child = scene.child()
    scene.rebirth(child, years_before(scene.month.cutoff, 6))
    child.rows[ROLL].clear()


def _fifteen_until_the_day_after_cutoff(scene: Scene) -> None:
    child = scene.child()
    scene.rebirth(child, years_before(scene.month.cutoff, 16) + timedelta(days=1))
    child.school_stage, child.has_finished_compulsory = "junior", False
    child.rows[ROLL] = [{**roll_row("junior", 9, "城关镇"), "roll_status": "transferred", "present": False}]
    child.rows[FEE].clear()


def _still_five_at_cutoff(scene: Scene) -> None:
    child = scene.child()
    scene.rebirth(child, years_before(scene.month.cutoff, 6) + timedelta(days=1))
    child.school_stage, child.rows[ROLL] = "preschool", []


def _sixteen_on_the_cutoff_day(scene: Scene) -> None:
    child = scene.child()
    scene.rebirth(child, years_before(scene.month.cutoff, 16))
    child.school_stage, child.has_finished_compulsory, child.rows[ROLL], child.labour = None, False, [], "3"
    child.rows[FEE].clear()


def _exempted_without_end(scene: Scene) -> None:
    child = scene.child()
    child.health, child.rows[ROLL], child.rows[EXEMPT] = ["disabled"], [], [_exemption(None)]


def _exempted_until_the_last_day(scene: Scene) -> None:
    child = scene.child()
    child.health, child.rows[ROLL], child.rows[EXEMPT] = ["disabled"], [], [_exemption(scene.month.as_of)]


def _finished_says_the_registry(scene: Scene) -> None:
    child = scene.child()
    child.school_stage, child.has_finished_compulsory, child.rows[ROLL] = None, True, []
    child.rows[FEE].clear()


def _graduated_says_the_roll(scene: Scene) -> None:
    child = scene.child()
    child.school_stage, child.has_finished_compulsory = None, False
    child.rows[ROLL] = [{**roll_row("junior", 9, "城关镇"), "roll_status": "graduated", "present": False}]
    child.rows[FEE].clear()


def _on_a_vocational_roll_but_suspended(scene: Scene) -> None:
    child = scene.child()
    scene.rebirth(child, years_before(scene.month.cutoff, 15))
    child.school_stage, child.has_finished_compulsory = None, False
    child.rows[ROLL] = [{**roll_row("vocational", 1, ""), "roll_status": "suspended", "present": False}]
    child.rows[FEE].clear()


def _changed_school(scene: Scene) -> None:
    left = {**roll_row("primary", 4, "外县"), "roll_status": "transferred", "present": False}
    scene.child().rows[ROLL].insert(0, left)


def _no_number_yet(scene: Scene) -> None:
    child = scene.child()
    child.id_no = None
    child.rows.clear()


def _no_number_but_finished(scene: Scene) -> None:
    _no_number_yet(scene)
    scene.child().school_stage, scene.child().has_finished_compulsory = None, True


def _bill_with_another_name(scene: Scene) -> None:
    _charge(scene, 18000, 0)
    scene.misname(FEE, scene.child())


def _twins_in_vocational_school(scene: Scene) -> None:
    for index in (0, 1):
        scene.child(index).school_stage = "vocational"
        scene.child(index).rows[ROLL] = [roll_row("vocational", 1, "")]


def _one_suspended(scene: Scene) -> None:
    scene.child(1).rows[ROLL] = [{**roll_row("senior", 2, ""), "roll_status": "suspended", "present": False}]


def _one_not_present(scene: Scene) -> None:
    scene.child(1).rows[ROLL] = [{**roll_row("senior", 2, ""), "present": False}]


STORIES = (
    Story("R-EDU-01", _PUPIL, lambda s: s.child().rows[ROLL].clear(), "RED",
          "九岁孩子不在任何学校的学籍里", "a child of nine is on no school's roll", about="child"),
    Story("R-EDU-01", _TEEN, _on_the_roll_but_absent, "RED",
          "有学籍但不在校,疑似外出打工", "on the roll but absent, probably at work", about="child"),
    Story("R-EDU-01", Wish(child_ages=(11,), hh_type="1"), _suspended_without_exemption, "RED",
          "休学却无身体原因证明", "suspended without an exemption on file", about="child"),
    Story("R-EDU-01", _PUPIL, _exemption_ran_out, "RED",
          "送教上门的批准上月到期,仍未返校", "the exemption ran out last month, not back at school", about="child"),
    Story("R-EDU-01", Wish(child_ages=(6,)), _turned_six_on_the_cutoff_day, "RED",
          "8月31日当天满六岁,未入学", "turned six on the cutoff day itself, not enrolled", about="child"),
    Story("R-EDU-01", Wish(child_ages=(15,), category="1"), _fifteen_until_the_day_after_cutoff, "RED",
          "十五岁转出后去向不明", "fifteen at the cutoff, transferred out and not seen since", about="child"),
    Story("R-EDU-01", Wish(child_ages=(5,)), _still_five_at_cutoff, None,
          "截止日时五岁,差一天", "five at the cutoff, six one day later", about="child"),
    Story("R-EDU-01", Wish(child_ages=(16,)), _sixteen_on_the_cutoff_day, None,
          "截止日当天满十六岁", "turned sixteen on the cutoff day", about="child"),
    Story("R-EDU-01", _PUPIL, _exempted_without_end, None,
          "身体原因免学,长期有效", "exempted for physical reasons, without end", about="child"),
    Story("R-EDU-01", _PUPIL, _exempted_until_the_last_day, None,
          "免学证明恰好到月末", "the exemption ends on the last day of the month", about="child"),
    Story("R-EDU-01", Wish(child_ages=(15,)), _finished_says_the_registry, None,
          "登记为已完成义务教育", "the registry says that compulsory schooling is finished", about="child"),
    Story("R-EDU-01", Wish(child_ages=(15,)), _graduated_says_the_roll, None,
          "学籍显示初中毕业", "the roll says junior school was finished", about="child"),
    Story("R-EDU-01", Wish(child_ages=(15,)), _on_a_vocational_roll_but_suspended, None,
          "十五岁在中职学籍,休学", "fifteen, on a vocational school's roll, suspended", about="child"),
    Story("R-EDU-01", _PUPIL, _changed_school, None,
          "转学后新旧两校都有学籍,新校在校", "changed school: on two rolls, present in the new one", about="child"),
    Story("R-EDU-91", _TEEN, lambda s: s.misname(ROLL, s.child()), "INFO",
          "学籍上姓名写错,无法比对", "misnamed on the roll: cannot be checked", about="child"),
    Story("R-EDU-91", _PUPIL, _no_number_yet, "INFO",
          "没有证件号码,无法比对", "has no citizen number: cannot be checked", about="child"),
    Story("R-EDU-91", _PUPIL, _no_number_but_finished, None,
          "没有证件号码,但已完成义务教育", "has no citizen number, and has finished school", about="child"),
    Story("R-EDU-01", _TEEN, lambda s: s.misname(ROLL, s.child()), None,
          "学籍上姓名写错,待人工核对,不能断言失学", "misnamed on the roll: no absence may be claimed", about="child"),
    Story("R-EDU-01", _PUPIL, _no_number_yet, None,
          "没有证件号码,无从断言", "has no citizen number, so nothing can be claimed", about="child"),
    Story("R-EDU-02", _STUDENT, lambda s: _charge(s, 16800, 0), "ORANGE",
          "民办本科,一年自付一万六千八", "private college, 16,800 yuan a year", about="child"),
    Story("R-EDU-02", Wish(child_ages=(19,), hh_type="1"), lambda s: _charge(s, 15500, 4000), "ORANGE",
          "资助后仍自付一万一千五", "11,500 yuan left to pay after aid", about="child"),
    Story("R-EDU-02", _STUDENT, lambda s: _charge(s, 10000, 0, extra_fen=1), "ORANGE",
          "自付10000.01元", "10,000.01 yuan, one fen above the line", about="child"),
    Story("R-EDU-02", _STUDENT, lambda s: _charge(s, 10000, 0), None,
          "自付恰好10000.00元", "exactly 10,000.00 yuan, not above the line", about="child"),
    Story("R-EDU-02", Wish(child_ages=(19,), hh_type="1"), lambda s: _charge(s, 16000, 17000), None,
          "学费高但资助全覆盖", "high fees, fully covered by aid", about="child"),
    Story("R-EDU-02", _STUDENT, _bill_with_another_name, None,
          "缴费记录姓名不符,待核", "the bill carries another name and is set apart", about="child"),
    Story("R-EDU-03", _TWO_STUDENTS, None, "YELLOW",
          "两个孩子同时读大学和高中", "one child at college and one at senior school"),
    Story("R-EDU-03", Wish(child_ages=(20, 18, 16), hh_type="1"), None, "YELLOW",
          "三个孩子都在非义务教育阶段", "three children above compulsory schooling"),
    Story("R-EDU-03", Wish(child_ages=(16, 16)), _twins_in_vocational_school, "YELLOW",
          "双胞胎同读中职", "twins at vocational school"),
    Story("R-EDU-03", Wish(child_ages=(19, 13)), None, None,
          "一个大学、一个初中,只算一人", "one at college, one still in junior school"),
    Story("R-EDU-03", _TWO_STUDENTS, _one_suspended, None, "其中一人休学", "one of two students is suspended"),
    Story("R-EDU-03", _TWO_STUDENTS, _one_not_present, "YELLOW",
          "其中一人在籍不在校,仍是学生", "one of two students is enrolled and not present"),
    Story("R-EDU-03", _TWO_STUDENTS, lambda s: s.child().rows[ROLL].clear(), "YELLOW",
          "一人在外地读大学,本县学籍没有", "one studies elsewhere, and only the register knows"),
)  # fmt: skip
