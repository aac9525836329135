"""What people read in files of the insurance ledger."""

from __future__ import annotations

from typing import Final

SHEET: Final = "参保台账"
COLUMNS: Final = (
    "区划", "区划代码", "户编号", "户主(脱敏)", "户标识", "人员标识", "重点人群", "年度", "参保情况", "险种",
    "缴费日期", "个人缴费", "资助金额", "费用截止日期", "总费用", "基本医保支付", "大病保险支付", "医疗救助支付",
    "年度累计自付", "依据月份",
)  # fmt: skip
ENROLMENTS: Final = {"enrolled": "已参保", "uninsured": "未参保", "unknown": "名单未报送,无法判断"}
SCHEMES: Final = {"resident": "城乡居民", "employee": "城镇职工"}
FOCUS: Final = {"is_low_income": "低收入人口", "is_formerly_poor": "脱贫人口", "is_monitored": "监测对象"}
