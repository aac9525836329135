"""Stories of R-HOU-01 (unsafe only house) and R-HOU-02 (no house and no safe rent)."""

from __future__ import annotations

from bangfu_county.stories.book import Book, Mark, Scene, Wish
from bangfu_county.welfare import HOUSE, house_row

BOOK = Book()
_FAMILY = Wish(shape="nuclear")
_FORMER_POOR = Wish(shape="couple", hh_type="1")


def _house(scene: Scene, grade: str, measure: str = "none", *, sole: bool = True, number: int = 1) -> None:
    ref = f"F{scene.household.hh_no[3:]}-{number}"
    day = scene.month.months_back(3)
    scene.head.rows[HOUSE].append(house_row(ref, grade, day, measure, sole=sole))


@BOOK.planted("R-HOU-01", _FAMILY)
def grade_d(scene: Scene) -> Mark:
    _house(scene, "D")
    return Mark(None, "唯一住房鉴定为D级", "the only house is graded D", "RED")


@BOOK.planted("R-HOU-01", _FORMER_POOR)
def grade_c(scene: Scene) -> Mark:
    _house(scene, "C")
    return Mark(None, "唯一住房鉴定为C级", "the only house is graded C", "ORANGE")


@BOOK.planted("R-HOU-01", _FAMILY)
def repair_under_way(scene: Scene) -> Mark:
    _house(scene, "C", "in_progress")
    return Mark(None, "C级住房改造未完工", "graded C, repair not finished", "ORANGE")


@BOOK.planted("R-HOU-01", _FAMILY)
def two_houses_the_worse_counts(scene: Scene) -> Mark:
    _house(scene, "C", "planned")
    _house(scene, "D", "planned", number=2)
    return Mark(None, "两处住房,以D级为准", "two houses, the D counts", "RED")


@BOOK.near("R-HOU-01", _FAMILY)
def repair_finished(scene: Scene) -> Mark:
    _house(scene, "C", "finished")
    return Mark(None, "C级住房已改造完成", "graded C, repair finished")


@BOOK.near("R-HOU-01", _FAMILY)
def not_where_they_live(scene: Scene) -> Mark:
    _house(scene, "D", sole=False)
    return Mark(None, "D级房不是唯一住房", "graded D, but not the only house")


@BOOK.near("R-HOU-01", _FORMER_POOR)
def grade_b(scene: Scene) -> Mark:
    _house(scene, "B")
    return Mark(None, "鉴定为B级", "graded B")


@BOOK.near("R-HOU-01", _FAMILY)
def owner_misspelt(scene: Scene) -> Mark:
    _house(scene, "D")
    scene.misname(HOUSE, scene.head)
    return Mark(None, "房主姓名不符,待核", "the owner's name differs: set apart")


@BOOK.planted("R-HOU-02", _FAMILY)
def lives_in_a_borrowed_house(scene: Scene) -> Mark:
    scene.household.tenure = "borrowed"
    return Mark(None, "借住亲戚家", "lives in a borrowed house", "RED")


@BOOK.planted("R-HOU-02", _FORMER_POOR)
def has_no_house(scene: Scene) -> Mark:
    scene.household.tenure = "none"
    return Mark(None, "脱贫户无房", "former poor, no house", "RED")


@BOOK.planted("R-HOU-02", Wish(shape="single_adult"))
def sleeps_at_the_workshop(scene: Scene) -> Mark:
    scene.household.tenure = "none"
    return Mark(None, "单身户无房,住在作坊", "single, no house, sleeps at the workshop", "RED")


@BOOK.near("R-HOU-02", _FAMILY)
def rents_safely(scene: Scene) -> Mark:
    scene.household.tenure = "rented_safe"
    return Mark(None, "租住安全住房", "rents a safe house")
