"""Stories of R-EDU-04 (aid), R-EDU-05 (Rain-Dew subsidy) and R-EDU-06 (school leavers who learn nothing further)."""

from __future__ import annotations

from datetime import date, timedelta

from bangfu_county.circumstances import CERT, cert_row
from bangfu_county.schooling import FEE, ROLL, roll_row
from bangfu_county.stories.book import Scene, Story, Wish
from bangfu_county.student_aid import AID, GRAD, aid_row, grad_row

_PUPIL = Wish(child_ages=(9,), hh_type="1")
_ORDINARY_PUPIL = Wish(child_ages=(9,))
_STUDENT = Wish(child_ages=(18,), hh_type="1")
_LEAVER = Wish(child_ages=(17,), hh_type="1")


def _aid_of_the_term_before(scene: Scene) -> None:
    other = "spring" if scene.month.term == "autumn" else "autumn"
    scene.child().rows[AID] = [{**aid_row(scene.month, "living"), "term": other}]


def _disabled(scene: Scene, *, is_aided: bool = False) -> None:
    scene.child().rows[CERT] = [cert_row(4, date(2021, 5, 6), "renewed")]
    scene.child().rows[AID] = [aid_row(scene.month, "living", paid_on=scene.month.as_of)] if is_aided else []


def _misnamed_on_the_list(scene: Scene) -> None:
    scene.child().rows[AID] = [aid_row(scene.month, "living")]
    scene.misname(AID, scene.child())


def _studies(scene: Scene, stage: str, *items: str) -> None:
    child = scene.child()
    child.school_stage, child.rows[ROLL] = stage, [roll_row(stage, 1, "")]
    child.rows[AID] = [aid_row(scene.month, item) for item in items]


def _studies_elsewhere(scene: Scene) -> None:
    _studies(scene, "higher_vocational", "grant")
    scene.child().rows[ROLL].clear()


def _leaves(scene: Scene, finished_on: date, continues_at: str | None = None) -> None:
    child = scene.child()
    child.school_stage, child.has_finished_compulsory = None, True
    for dataset in (ROLL, FEE, AID):
        child.rows[dataset].clear()
    child.rows[GRAD] = [grad_row("junior", finished_on, continues_at)]


def _leaves_for_a_job(scene: Scene) -> None:
    _leaves(scene, scene.month.months_back(3))
    scene.child().rows[GRAD] = [grad_row("senior", scene.month.months_back(3), job_from=scene.month.first)]


def _leaves_and_is_on_a_roll(scene: Scene) -> None:
    _leaves(scene, scene.month.months_back(3))
    scene.child().rows[ROLL] = [roll_row("vocational", 1, "")]


STORIES = (
    Story("R-EDU-04", _PUPIL, lambda s: s.child().rows[AID].clear(), "YELLOW",
          "脱贫户小学生本学期未受助", "a pupil of a former poor household received no aid this term", about="child"),
    Story("R-EDU-04", _PUPIL, _aid_of_the_term_before, "YELLOW",
          "只有上学期的资助", "the aid is of the term before", about="child"),
    Story("R-EDU-04", _ORDINARY_PUPIL, _disabled, "YELLOW",
          "残疾学生未受助", "a disabled pupil received no aid", about="child"),
    Story("R-EDU-04", _ORDINARY_PUPIL, lambda s: _disabled(s, is_aided=True), None,
          "残疾学生月末当天受助", "a disabled pupil received it on the last day", about="child"),
    Story("R-EDU-04", _ORDINARY_PUPIL, None, None,
          "一般农户学生", "a pupil of an ordinary household", about="child"),
    Story("R-EDU-04", _PUPIL, _misnamed_on_the_list, None,
          "资助名单上姓名写错,待核", "misnamed on the list: set apart", about="child"),
    Story("R-EDU-05", _STUDENT, lambda s: _studies(s, "vocational", "grant"), "YELLOW",
          "脱贫户中职生只有助学金", "vocational student, former poor, with a grant only", about="child"),
    Story("R-EDU-05", Wish(child_ages=(18,), category="1"), _studies_elsewhere, "YELLOW",
          "监测户高职生在外地就读,未享受雨露计划", "monitored, at a college elsewhere, no subsidy", about="child"),
    Story("R-EDU-05", _STUDENT, lambda s: _studies(s, "vocational", "grant", "rain_dew"), None,
          "已享受雨露计划", "received the subsidy", about="child"),
    Story("R-EDU-05", _STUDENT, lambda s: _studies(s, "senior", "grant"), None,
          "普通高中学生", "at a senior school", about="child"),
    Story("R-EDU-05", Wish(child_ages=(18,)), lambda s: _studies(s, "vocational"), None,
          "一般农户中职生", "vocational student of an ordinary household", about="child"),
    Story("R-EDU-06", _LEAVER, lambda s: _leaves(s, s.month.months_back(3)), "INFO",
          "初中毕业未升学", "finished junior school, and learns nothing further", about="child"),
    Story("R-EDU-06", _LEAVER, _leaves_for_a_job, "INFO",
          "高中毕业即外出打工", "finished senior school, and went to work", about="child"),
    Story("R-EDU-06", _LEAVER, lambda s: _leaves(s, s.month.months_back(12) + timedelta(days=1)), "INFO",
          "毕业差一天满十二个月", "a day short of twelve months after school", about="child"),
    Story("R-EDU-06", _LEAVER, lambda s: _leaves(s, s.month.months_back(12)), None,
          "毕业恰好十二个月", "finished twelve months ago to the day", about="child"),
    Story("R-EDU-06", _LEAVER, lambda s: _leaves(s, s.month.months_back(3), "某技师学院"), None,
          "已被技师学院录取", "goes on to a technicians' college", about="child"),
    Story("R-EDU-06", _LEAVER, _leaves_and_is_on_a_roll, None,
          "去向未填,但已在中职学籍", "no school is named, but a vocational roll has the person", about="child"),
    Story("R-EDU-06", Wish(child_ages=(17,)), lambda s: _leaves(s, s.month.months_back(3)), None,
          "一般农户", "an ordinary household", about="child"),
)  # fmt: skip
