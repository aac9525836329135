"""What households count among (农户标签). Pure."""

from __future__ import annotations

from contracts.vocabulary import Labelled


class HouseholdLabel(Labelled):
    """What a household counts among, by what is registered of it and by the policy profile (农户标签)."""

    LABOUR_CAPABLE = "labour_capable", "有劳动力", "a member has ordinary or skilled labour ability"
    LABOUR_WEAK = "labour_weak", "仅有弱劳动力或半劳动力", "weak or half labour only"
    LABOUR_NONE = "labour_none", "无劳动力", "nobody has labour ability"
    INCOME_FELL = "income_fell", "年度收入下降户", "net income a head of last year below the year before"
    INCOME_FELL_TWICE = "income_fell_twice", "连续两年收入下降户", "net income a head fell two years running"
    BELOW_FOCUS = "below_focus", "收入低于重点关注线的脱贫户", "former poor, income a head below the focus line"
    BELOW_FOCUS_LABOUR = "below_focus_labour", "收入低于重点关注线的有劳动力户", "the same, or monitored, with labour"
    DIBAO = "dibao", "有低保成员", "a member is registered as receiving the minimum living allowance"
    TEKUN = "tekun", "有特困供养成员", "a member is registered as receiving extreme-poverty support"
    MARGINAL = "marginal", "有低保边缘成员", "a member is registered as on the margin of the allowance"
    RIGID = "rigid", "有刚性支出困难成员", "a member is registered as in hardship by rigid expenditure"
