"""Record the first profile of the whole country, and announce it.

The values are those of the day it was written: what changes later is a new version through the API, and a parameter
that came later has its declared default.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_PROFILE = {
    "region": "000000000000",
    "version": 1,
    "effective_from": "2021-01-01",
    "source_document": "Bangfu 默认政策参数 / default profile, to be replaced by the county's own documents",
}
# Name: (value, source); [A] is an assumption of this project.
_PARAMETERS = {
    "income.monitoring_line": (
        "8500",
        "赣州市南康区 2024 年监测线 8,500 元; other places 6,000 (2021) to 8,800 (2024)",
    ),
    "income.focus_line_former_poor": ("10000", "双鸭山市 2023: 家庭人均纯收入低于1万元的脱贫户"),
    "income.focus_line_labour": ("11000", "维西县 2024: 人均纯收入1.1万元以下且有劳动能力"),
    "income.drop_red_share": ("0.30", "[A] share of last year's per-capita net income"),
    "edu.compulsory_age_from": ("6", "义务教育法 第十一条 (six years old by 31 August)"),
    "edu.compulsory_age_to": ("15", "义务教育法 第二条, nine years from age six"),
    "edu.fee_self_paid": (
        "10000",
        "防止新发生返贫致贫风险机制实施办法 (county template): > 10,000 yuan a student and school year",
    ),
    "edu.students_per_household": ("2", "网格化管理“八必访”: 就读非义务教育学生较多的户; the number is [A]"),
    "med.self_paid_low_income": ("10000", "西安市医保局 2025-04-25: 低收入人口年度累计自付 1 万元"),
    "med.self_paid_other": ("26000", "西安市医保局 2025-04-25: 其他农村居民年度累计自付 2.6 万元"),
    "med.red_factor": ("2", "[A] times the threshold"),
    "med.red_income_share": ("0.5", "[A] share of the household's net income"),
    "med.outpatient_month": ("500", "防止新发生返贫致贫风险机制实施办法 (county template): 门诊月自付 500 元"),
    "civ.temp_count": ("2", "[A] grants of temporary relief"),
    "civ.temp_window_months": ("12", "[A]"),
    "civ.decision_valid_months": ("12", "[A] a written negative decision counts for a year"),
    "civ.grace_months": ("3", "双鸭山市 2023: 低保渐退期; the length is [A]"),
    "agr.rigid_share": ("0.5", "双鸭山市 2023: 支出骤增; the share is [A]"),
    "agr.rigid_factor": ("2", "[A] times last year's rigid self-paid expenditure"),
    "agr.rigid_floor": ("5000", "[A] yuan"),
    "alerts.orange_to_red": ("2", "[A] distinct ORANGE rules on one household in one month"),
    "alerts.exclusion_quiet_days": ("90", "[A]"),
    "alerts.exclusion_growth_share": ("0.20", "[A]"),
    "alerts.verifiers_min": ("2", "平江县 监测对象风险消除: two visitors; applied to every verification [A]"),
    "clock.verify_days_red": ("3", "[A] calendar days"),
    "clock.verify_days_orange": ("7", "[A] calendar days"),
    "clock.verify_days_yellow": ("10", "[A] calendar days"),
    "clock.verify_days_info": ("30", "[A] calendar days"),
    "clock.identify_limit_days": ("15", "秦安县 识别认定程序: 一般不超过15天; 海南省 20个工作日"),
    "clock.identify_limit_unit": ("calendar", "秦安县 识别认定程序 says 天; read as calendar days [A]"),
    "clock.publicity_days": ("5", "秦安县、永城市: 公示不少于5天"),
    "clock.plan_limit_days": ("10", "维西县 2024: 在10天内制定有针对性的帮扶计划"),
    "clock.first_measure_days": ("30", "全国系统核查规则: 识别一个月以上无措施"),
    "clock.development_measure_months": ("6", "全国系统核查规则: 有劳动力六个月以上无开发式措施"),
    "clock.elimination_min_months": ("6", "枞阳县 监测对象风险消除标准: 原则上半年以上"),
    "sharing.delivery_due_day": ("15", "沅江市 2022: 每月15日前导入数据"),
    "sharing.period_open_months": ("6", "[A]"),
    "sharing.reject_retention_days": ("30", "[A]"),
    "sharing.row_retention_days": ("30", "[A] raw department rows are deleted after comparison"),
}


def upgrade() -> None:
    """Insert version 1 of the profile of region 000000000000 and its outbox row."""
    parameters = {name: value for name, (value, _) in _PARAMETERS.items()}
    at = datetime.now(UTC)
    op.get_bind().execute(
        sa.text(
            "INSERT INTO policy_profile (region, version, effective_from, source_document, parameters, sources,"
            " recorded_at, recorded_by, activated_at) VALUES (:region, :version, CAST(:effective_from AS date),"
            " :source_document, CAST(:parameters AS jsonb), CAST(:sources AS jsonb), :at, 'migration', :at)"
        ),
        _PROFILE
        | {
            "parameters": json.dumps(parameters, ensure_ascii=False),
            "sources": json.dumps({name: source for name, (_, source) in _PARAMETERS.items()}, ensure_ascii=False),
            "at": at,
        },
    )
    op.get_bind().execute(
        sa.text(
            "INSERT INTO outbox (topic, key, type, time, data) VALUES ('registry.policy.v1', :region,"
            " 'bangfu.registry.policy.activated.v1', :at, CAST(:data AS json))"
        ),
        {
            "region": _PROFILE["region"],
            "at": at,
            "data": json.dumps(_PROFILE | {"parameters": parameters}, ensure_ascii=False),
        },
    )


def downgrade() -> None:
    """Remove the seeded version; profiles of regions stay."""
    op.execute("DELETE FROM policy_profile WHERE region = '000000000000' AND version = 1")
