"""The tables of banks, insurers, the treasury, the resettlement office, the police's roll and the hotlines."""

from __future__ import annotations

# (code, header, kind, required), as in the other tables.
Field = tuple[str, str, object, bool]

FIELDS: dict[str, list[Field]] = {
    "DS-BNK-LOAN": [
        ("loan_ref", "贷款编号", "text", True),
        ("product", "贷款产品", {"脱贫人口小额信贷": "micro", "富民贷": "prosper", "其他贷款": "other"}, True),
        ("balance", "贷款余额", "money", True),
        ("due_on", "到期日期", "date", True),
        ("overdue_days", "逾期天数", "int", True),
        ("overdue_amount", "逾期金额", "money", True),
    ],
    "DS-INS-CLAIM": [
        ("claim_no", "赔案编号", "text", True),
        ("product", "保险产品", {"防贫综合保险": "poverty", "农业保险": "farm", "其他保险": "other"}, True),
        (
            "cause",
            "出险原因",
            {
                "疾病": "illness",
                "意外事故": "accident",
                "自然灾害": "disaster",
                "就学": "schooling",
                "其他原因": "other",
            },
            True,
        ),
        ("paid_on", "赔付日期", "date", True),
        ("amount", "金额", "money", True),
    ],
    "DS-FIN-SUBSIDY": [
        ("item", "补贴名称", "text", True),
        ("first_month", "首发月份", "date", True),
        ("last_month", "最近发放月份", "date", True),
        ("amount", "金额", "money", True),
        (
            "stop_reason",
            "停发原因",
            {
                "政策到期": "expired",
                "不再符合条件": "ineligible",
                "户籍迁出": "moved",
                "人员死亡": "deceased",
                "其他": "other",
            },
            False,
        ),
    ],
    "DS-RES-HH": [
        ("site_id", "安置点编号", "text", False),
        ("moved_year", "搬迁年度", "int", True),
        ("mode", "安置方式", {"集中安置": "together", "分散安置": "scattered"}, True),
        ("hukou_moved", "户口是否迁入", "bool", True),
        ("title_issued", "是否办理不动产权证", "bool", True),
    ],
    "DS-PSB-ROLL": [
        ("household_ref", "户号", "text", True),
        ("relation", "与户主关系", "text", True),
        ("size", "户内人数", "int", True),
    ],
    "DS-PET-TICKET": [
        ("ticket_no", "工单编号", "text", True),
        (
            "channel",
            "来源渠道",
            {
                "信访": "petition",
                "12345热线": "h12345",
                "12317热线": "h12317",
                "网络舆情": "media",
                "上级交办": "superior",
            },
            True,
        ),
        ("received_on", "受理日期", "date", True),
        (
            "category",
            "诉求类别",
            {"生活困难求助": "hardship", "识别认定不公": "unfair", "帮扶不到位": "missing_help", "其他": "other"},
            True,
        ),
        ("village_code", "行政村代码", "text", False),
    ],
}
RANGES = {
    "DS-BNK-LOAN": [("overdue_days", 0, 9999)],
    "DS-RES-HH": [("moved_year", 2012, 2100)],
    "DS-PSB-ROLL": [("size", 1, 30)],
}
KEYS: dict[str, tuple[str, ...]] = {
    "DS-BNK-LOAN": ("id_no", "loan_ref"),
    "DS-INS-CLAIM": ("id_no", "claim_no"),
    "DS-FIN-SUBSIDY": ("id_no", "item"),
    "DS-RES-HH": ("id_no",),
    "DS-PSB-ROLL": ("id_no",),
    "DS-PET-TICKET": ("id_no", "ticket_no"),
}
