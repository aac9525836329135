"""Stories of loans, payouts, the card, resettlement, the roll and the hotlines."""

from __future__ import annotations

from datetime import timedelta

from bangfu_county.circumstances import HUKOU, hukou_row
from bangfu_county.counters import (
    CLAIM,
    HUKOU_ROLL,
    LOAN,
    RESETTLED,
    SUBSIDY_CARD,
    TICKET,
    claim_row,
    loan_row,
    resettled_row,
    roll_row,
    stand_on_roll,
    subsidy_card_row,
    ticket_row,
)
from bangfu_county.stories.book import YUAN, Scene, Story, Wish

_COUPLE = Wish(shape="couple")
_FORMER_POOR = Wish(shape="couple", hh_type="1")
_MONITORED = Wish(shape="couple", category="1")


def _borrow(scene: Scene, overdue: int = 0, due_in: int = 300) -> None:
    day = scene.month.as_of + timedelta(days=-overdue if overdue else due_in)
    scene.head.rows[LOAN].append(loan_row(scene.household.hh_no, day, overdue))


def _due_and_poorer(scene: Scene, due_in: int) -> None:
    scene.earn(14000 * YUAN, 14000 * YUAN + 1, 14000 * YUAN)
    _borrow(scene, due_in=due_in)


def _paid_back_and_poorer(scene: Scene) -> None:
    scene.earn(14000 * YUAN, 14000 * YUAN + 1, 14000 * YUAN)
    row = loan_row(scene.household.hh_no, scene.month.as_of + timedelta(days=30), balance=0)
    scene.head.rows[LOAN].append(row)


def _borrowed_under_another_name(scene: Scene) -> None:
    _borrow(scene, 90)
    scene.misname(LOAN, scene.head)


def _claim(scene: Scene, yuan: int, cause: str = "illness", back: int = 0) -> None:
    row = claim_row(scene.household.hh_no, scene.month.months_back(back), yuan * YUAN, cause)
    scene.spouse.rows[CLAIM].append(row)


def _refused_this_spring(scene: Scene) -> None:
    scene.household.negative_on = scene.month.months_back(6)
    _claim(scene, 15000)


def _suffer(scene: Scene, *risks: str) -> None:
    assert scene.household.monitor is not None  # noqa: S101 - the wish says so
    scene.household.monitor.risk_types = list(risks)


def _suffered_and_paid(scene: Scene) -> None:
    _suffer(scene, "01")
    _claim(scene, 800)


def _paid_until(scene: Scene, back: int, months: int = 12, reason: str | None = None) -> None:
    last = scene.month.first if back == 0 else scene.month.months_back(back)
    first = scene.month.months_back(back + months - 1)
    scene.head.rows[SUBSIDY_CARD].append(subsidy_card_row("高龄津贴", first, last, reason))


def _settle(scene: Scene, *, in_register: bool, on_list: bool) -> None:
    scene.household.is_resettled = in_register
    for person in scene.household.members:
        person.rows[RESETTLED] = [resettled_row()] if on_list else []


def _settled_under_another_name(scene: Scene) -> None:
    _settle(scene, in_register=True, on_list=True)
    for person in scene.household.members:
        scene.misname(RESETTLED, person)


def _one_more_on_the_roll(scene: Scene) -> None:
    stand_on_roll(scene.household)
    for person in scene.household.members:
        person.rows[HUKOU_ROLL][0]["size"] += 1


def _child_in_no_book(scene: Scene) -> None:
    stand_on_roll(scene.household)
    scene.child().rows[HUKOU_ROLL].clear()


def _two_books(scene: Scene) -> None:
    for nth, person in enumerate(scene.household.members):
        person.rows[HUKOU_ROLL] = [roll_row(f"H{scene.household.hh_no}-{nth}", person, 1)]


def _widowed(scene: Scene) -> None:
    scene.head.rows[HUKOU_ROLL] = [roll_row(f"H{scene.household.hh_no}", scene.head, 1)]
    scene.spouse.labour = "3"
    scene.spouse.rows[HUKOU].append(hukou_row("death", scene.month.months_back(5)))


def _complain(scene: Scene, category: str, back: int = 0) -> None:
    day = scene.month.months_back(back) + timedelta(days=1 if back else 0)
    scene.head.rows[TICKET].append(ticket_row(scene.household.hh_no, day, category, scene.household.village_code))


def _complained_long_ago(scene: Scene) -> None:
    row = ticket_row(scene.household.hh_no, scene.month.months_back(2), "hardship", scene.household.village_code)
    scene.head.rows[TICKET].append(row)


STORIES = (
    Story("R-BNK-01", _FORMER_POOR, lambda s: _borrow(s, 31), "ORANGE", "小额信贷逾期31天", "overdue for 31 days"),
    Story("R-BNK-01", _FORMER_POOR, lambda s: _borrow(s, 30), "YELLOW", "小额信贷逾期30天", "overdue for 30 days"),
    Story("R-BNK-01", _COUPLE, lambda s: _borrow(s, 1), "YELLOW", "小额信贷逾期1天", "overdue for a day"),
    Story("R-BNK-01", _FORMER_POOR, _borrow, None, "贷款未逾期", "a loan that is not overdue"),
    Story("R-BNK-01", _COUPLE, _borrowed_under_another_name, None,
          "逾期贷款姓名不符,待核", "overdue under another name: set apart"),
    Story("R-BNK-02", _FORMER_POOR, lambda s: _due_and_poorer(s, 60), "INFO",
          "贷款60天后到期,收入下降", "due in 60 days, the income fell by a fen"),
    Story("R-BNK-02", _COUPLE, lambda s: _due_and_poorer(s, 0), "INFO",
          "贷款今天到期,收入下降", "due today, the income fell"),
    Story("R-BNK-02", _COUPLE, lambda s: _due_and_poorer(s, 61), None, "贷款61天后到期", "due in 61 days"),
    Story("R-BNK-02", _FORMER_POOR, _paid_back_and_poorer, None, "贷款已还清", "paid back already"),
    Story("R-INS-01", _COUPLE, lambda s: _claim(s, 10000), "YELLOW",
          "防贫保理赔恰一万元", "a payout of exactly 10,000 yuan"),
    Story("R-INS-01", _FORMER_POOR, lambda s: _claim(s, 26000, "accident", 11), "YELLOW",
          "十一个月前意外理赔", "a payout for an accident eleven months ago"),
    Story("R-INS-01", _COUPLE, lambda s: _claim(s, 9999), None, "理赔9999元", "a payout of 9,999 yuan"),
    Story("R-INS-01", _COUPLE, lambda s: _claim(s, 20000, back=12), None,
          "理赔已满十二个月", "a payout twelve months ago to the day"),
    Story("R-INS-01", _COUPLE, _refused_this_spring, None,
          "半年前已作出不予纳入决定", "a refusal of six months ago is on file"),
    Story("R-INS-02", _MONITORED, lambda s: _suffer(s, "01"), "INFO",
          "因病监测户没有理赔", "monitored for illness, nothing was paid"),
    Story("R-INS-02", Wish(shape="couple", category="2"), lambda s: _suffer(s, "04", "05"), "INFO",
          "因意外监测户没有理赔", "monitored for an accident beside another risk, nothing was paid"),
    Story("R-INS-02", _MONITORED, lambda s: _suffer(s, "04"), None, "因缺劳动力监测", "monitored for want of labour"),
    Story("R-INS-02", _MONITORED, _suffered_and_paid, None, "已有理赔", "something was paid"),
    Story("R-FIN-01", _COUPLE, lambda s: _paid_until(s, 2), "INFO",
          "高龄津贴停发两个月,未说明原因", "not paid for two months, no reason", about="head"),
    Story("R-FIN-01", _FORMER_POOR, lambda s: _paid_until(s, 5, 3), "INFO",
          "发放三个月后停发五个月", "paid for three months, stopped for five", about="head"),
    Story("R-FIN-01", _COUPLE, lambda s: _paid_until(s, 1), None, "上月仍发放", "paid last month", about="head"),
    Story("R-FIN-01", _COUPLE, lambda s: _paid_until(s, 5, 2), None,
          "只发过两个月,不算定期", "paid for two months only: not regular", about="head"),
    Story("R-FIN-01", _COUPLE, lambda s: _paid_until(s, 5, 12, "expired"), None,
          "政策到期停发", "stopped because the policy ended", about="head"),
    Story("R-RES-91", _FORMER_POOR, lambda s: _settle(s, in_register=True, on_list=False), "INFO",
          "登记为搬迁户,名单没有", "registered as resettled, not on the list"),
    Story("R-RES-91", _COUPLE, lambda s: _settle(s, in_register=False, on_list=True), "INFO",
          "名单有,登记没有", "on the list, not registered as resettled"),
    Story("R-RES-91", _FORMER_POOR, lambda s: _settle(s, in_register=True, on_list=True), None,
          "登记与名单一致", "the register and the list agree"),
    Story("R-RES-91", _FORMER_POOR, _settled_under_another_name, None,
          "名单姓名不符,待核", "on the list under other names: set apart"),
    Story("R-PSB-03", _COUPLE, _one_more_on_the_roll, "INFO", "户籍多一人", "one more is registered there"),
    Story("R-PSB-03", Wish(child_ages=(9,)), _child_in_no_book, "INFO",
          "孩子不在户籍名单", "the child is not on the roll"),
    Story("R-PSB-03", _FORMER_POOR, _two_books, "INFO", "夫妻分在两户", "the couple stands in two households"),
    Story("R-PSB-03", _COUPLE, lambda s: stand_on_roll(s.household), None, "户籍一致", "the roll agrees"),
    Story("R-PSB-03", _COUPLE, _widowed, None,
          "配偶已死亡销户,户籍一人", "the dead spouse is struck off, one is left"),
    Story("R-PET-01", _COUPLE, lambda s: _complain(s, "hardship"), "ORANGE",
          "12317反映生活困难", "a ticket about hardship"),
    Story("R-PET-01", _FORMER_POOR, lambda s: _complain(s, "unfair", 2), "ORANGE",
          "两个月窗口首日反映认定不公", "a ticket about recognition on the first day that counts"),
    Story("R-PET-01", _COUPLE, lambda s: _complain(s, "other"), None, "其他诉求", "a ticket about something else"),
    Story("R-PET-01", _COUPLE, _complained_long_ago, None, "工单已满两个月", "a ticket of two months ago to the day"),
)  # fmt: skip
