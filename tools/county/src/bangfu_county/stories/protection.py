"""Stories of R-CIV-04 (a household of one in a marginal family) and R-CIV-05 (orphans and unattended children)."""

from __future__ import annotations

from datetime import date

from bangfu_county.circumstances import CARE, CERT, CHILD, DISEASE, care_row, cert_row, child_row, disease_row
from bangfu_county.model import Record
from bangfu_county.stories.book import Scene, Story, Wish
from bangfu_county.welfare import LOW, low_row

_ORDINARY = Wish(shape="couple")
_PUPIL = Wish(child_ages=(9,))
_EARLIER = date(2022, 7, 1)


def _marginal(scene: Scene, dataset: str, row: Record, kind: str = "marginal") -> None:
    """A marginal family by the spouse's entry, and something of the head."""
    scene.spouse.rows[LOW].append(low_row(kind, _EARLIER, 0, reason="illness"))
    scene.head.rows[dataset].append(row)


def _on_the_allowance_already(scene: Scene) -> None:
    _marginal(scene, DISEASE, disease_row("D07", _EARLIER, "treated"))
    scene.head.rows[LOW].append(low_row("dibao", _EARLIER, 38000, reason="illness"))
    scene.head.relief = "dibao"


def _unattended(scene: Scene, kind: str = "unattended") -> None:
    scene.child().rows[CHILD].append(child_row(kind, scene.month.first))


def _decided_this_spring(scene: Scene) -> None:
    scene.household.negative_on = scene.month.months_back(6)
    _unattended(scene)


STORIES = (
    Story("R-CIV-04", _ORDINARY, lambda s: _marginal(s, DISEASE, disease_row("D07", _EARLIER, "treated")), "YELLOW",
          "低保边缘家庭,户主尿毒症", "a marginal family, the head with kidney failure", about="head"),
    Story("R-CIV-04", _ORDINARY, lambda s: _marginal(s, CERT, cert_row(2, _EARLIER)), "YELLOW",
          "低保边缘家庭,户主二级残疾", "a marginal family, the head disabled of the second level", about="head"),
    Story("R-CIV-04", _ORDINARY, lambda s: _marginal(s, CARE, care_row("soldier", _EARLIER, 6)), "YELLOW",
          "低保边缘家庭,户主六级伤残军人", "a marginal family, the head a soldier of the sixth grade", about="head"),
    Story("R-CIV-04", _ORDINARY, lambda s: _marginal(s, CARE, care_row("soldier", _EARLIER, 7)), None,
          "低保边缘家庭,户主七级伤残军人", "a soldier of the seventh grade", about="head"),
    Story("R-CIV-04", _ORDINARY, _on_the_allowance_already, None,
          "重病的户主已享受低保", "the sick head receives the allowance already", about="head"),
    Story("R-CIV-04", _ORDINARY, lambda s: _marginal(s, CERT, cert_row(1, _EARLIER), kind="rigid"), "YELLOW",
          "刚性支出困难家庭,户主一级残疾", "a family with rigid expenditure, the head severely disabled", about="head"),
    Story("R-CIV-05", _PUPIL, _unattended, "YELLOW",
          "事实无人抚养儿童,未纳入监测", "an unattended child, never monitored", about="child"),
    Story("R-CIV-05", Wish(child_ages=(13,), hh_type="1"), lambda s: _unattended(s, "orphan"), "YELLOW",
          "孤儿寄养在脱贫户", "an orphan who lives with a former poor family", about="child"),
    Story("R-CIV-05", Wish(child_ages=(9,), category="1"), _unattended, None,
          "所在户已是监测户", "the household is monitored already", about="child"),
    Story("R-CIV-05", _PUPIL, _decided_this_spring, None,
          "半年前已作出不予纳入决定", "a refusal of six months ago is on file", about="child"),
)  # fmt: skip
