"""The department tables, written down once more: nothing here is shared with generator or services."""

from __future__ import annotations

from bangfu_county.oracle import counter_tables
from bangfu_county.oracle.codes import (
    ABOVE_COMPULSORY,
    AIDS,
    CHANNELS,
    DISEASES,
    LOSSES,
    PLACES,
    POSTS,
    RANGERS,
    REASONS,
    STAGES,
    WISHES,
)

# (code, header, kind, required); kind is text, int, date, money, bool or a table of labels and codes.
Field = tuple[str, str, object, bool]

FIELDS: dict[str, list[Field]] = {
    "DS-EDU-ROLL": [
        ("school", "学校", "text", True),
        ("stage", "学段", STAGES, True),
        ("grade", "年级", "int", True),
        (
            "roll_status",
            "学籍状态",
            {"在籍": "enrolled", "休学": "suspended", "转出": "transferred", "毕业": "graduated"},
            True,
        ),
        ("present", "是否在校", "bool", True),
    ],
    "DS-EDU-EXEMPT": [
        ("reason", "原因", {"身体原因": "physical", "送教上门": "home_teaching", "延缓入学": "deferred"}, True),
        ("evidence_no", "证明编号", "text", True),
        ("valid_to", "有效期至", "date", False),
    ],
    "DS-EDU-FEE": [
        ("school_year", "学年", "text", True),
        ("stage", "学段", {label: code for label, code in STAGES.items() if code in ABOVE_COMPULSORY}, True),
        ("tuition", "学费", "money", True),
        ("board", "住宿费", "money", True),
        ("books", "书本费", "money", True),
        ("aid_total", "资助合计", "money", True),
        ("self_paid", "自付金额", "money", True),
    ],
    "DS-MED-ENROL": [
        ("year", "参保年度", "int", True),
        ("scheme", "险种", {"城乡居民": "resident", "城镇职工": "employee"}, True),
        ("paid_on", "缴费日期", "date", False),
        ("personal_paid", "个人缴费", "money", True),
        ("subsidy", "资助金额", "money", True),
    ],
    "DS-MED-COST": [
        ("year", "年度", "int", True),
        ("period_to", "截止日期", "date", True),
        ("total", "总费用", "money", True),
        ("basic_paid", "基本医保支付", "money", True),
        ("critical_paid", "大病保险支付", "money", True),
        ("aid_paid", "医疗救助支付", "money", True),
        ("self_paid_ytd", "年度累计自付", "money", True),
        ("inpatient_self_paid", "住院自付", "money", False),
        ("outpatient_self_paid_month", "当月门诊自付", "money", False),
    ],
    "DS-CIV-LOW": [
        (
            "type",
            "救助类型",
            {"低保": "dibao", "特困供养": "tekun", "低保边缘": "marginal", "刚性支出困难": "rigid"},
            True,
        ),
        ("from_on", "起始日期", "date", True),
        ("to_on", "终止日期", "date", False),
        ("monthly_amount", "月金额", "money", True),
        ("change", "变动", {"无": "none", "新增": "new", "停发": "stopped", "调整": "adjusted"}, True),
        ("reason", "原因", REASONS, False),
    ],
    "DS-CIV-TEMP": [
        ("granted_on", "救助日期", "date", True),
        ("amount", "金额", "money", True),
        ("reason", "原因", REASONS, True),
    ],
    "DS-HOU-GRADE": [
        ("house_ref", "房屋编号", "text", True),
        ("grade", "等级", {"A级": "A", "B级": "B", "C级": "C", "D级": "D"}, True),
        ("appraised_on", "鉴定日期", "date", True),
        ("sole_residence", "是否唯一住房", "bool", True),
        (
            "measure",
            "处置情况",
            {"未处置": "none", "已计划": "planned", "实施中": "in_progress", "已完成": "finished"},
            True,
        ),
    ],
    "DS-HEA-DISEASE": [
        ("disease_code", "病种", DISEASES, True),
        ("diagnosed_on", "确诊日期", "date", True),
        (
            "status",
            "救治状态",
            {"已确诊": "confirmed", "救治中": "treated", "已治愈": "recovered", "已排除": "revoked"},
            True,
        ),
    ],
    "DS-DPF-CERT": [
        (
            "category",
            "残疾类别",
            {
                "视力残疾": "1",
                "听力残疾": "2",
                "言语残疾": "3",
                "肢体残疾": "4",
                "智力残疾": "5",
                "精神残疾": "6",
                "多重残疾": "7",
            },
            True,
        ),
        ("level", "残疾等级", "int", True),
        ("issued_on", "发证日期", "date", True),
        (
            "change",
            "办理类型",
            {"新办": "new", "换领补发": "renewed", "类别等级变更": "changed", "注销": "cancelled"},
            True,
        ),
    ],
    "DS-WAT-STATUS": [
        ("scheme", "供水工程", "text", True),
        ("checked_on", "核查日期", "date", True),
        ("quantity_ok", "水量达标", "bool", True),
        ("quality_ok", "水质达标", "bool", True),
        ("convenience_ok", "取水方便", "bool", True),
        ("guarantee_ok", "供水保证率达标", "bool", True),
    ],
    "DS-HRS-WORK": [
        ("place", "务工所在地", PLACES, True),
        ("place_county", "务工县", "text", False),
        ("from_on", "起始日期", "date", True),
        ("to_on", "终止日期", "date", False),
        ("employer", "用人单位", "text", True),
        ("industry", "行业", "text", False),
        ("monthly_pay", "月收入", "money", False),
        ("channel", "就业渠道", CHANNELS, True),
        ("point_to_point", "是否点对点输送", "bool", True),
        ("months_ytd", "本年务工月数", "int", True),
    ],
    "DS-HRS-POST": [
        ("post_type", "岗位类型", POSTS, True),
        ("from_on", "起始日期", "date", True),
        ("to_on", "终止日期", "date", False),
        ("monthly_pay", "月补贴", "money", True),
        ("attendance_days", "出勤天数", "int", False),
    ],
    "DS-FOR-RANGER": [
        ("post_type", "岗位类型", RANGERS, True),
        ("from_on", "起始日期", "date", True),
        ("to_on", "终止日期", "date", False),
        ("monthly_pay", "月劳务补助", "money", True),
        ("attendance_days", "出勤天数", "int", False),
    ],
    "DS-HRS-PENSION": [
        ("scheme", "险种", {"城乡居民": "resident", "城镇职工": "employee"}, True),
        ("year", "参保年度", "int", True),
        ("paid", "缴费金额", "money", True),
        ("subsidised_by_gov", "是否政府代缴", "bool", True),
    ],
    "DS-EDU-AID": [
        ("term", "学期", {"秋季学期": "autumn", "春季学期": "spring"}, True),
        ("item", "资助项目", AIDS, True),
        ("amount", "金额", "money", True),
        ("paid_on", "发放日期", "date", True),
    ],
    "DS-EDU-GRAD": [
        ("stage", "学段", {"初中": "junior", "普通高中": "senior"}, True),
        ("finished_on", "毕业日期", "date", True),
        ("continues_at", "升学去向", "text", False),
        ("job_from", "就业日期", "date", False),
        ("trained_until", "职业教育结业日期", "date", False),
    ],
    "DS-HRS-UNEMP": [
        ("lost_on", "失业返乡日期", "date", True),
        ("reason", "原因", LOSSES, True),
        ("wish", "就业意愿", WISHES, True),
    ],
    "DS-CIV-DIS2": [
        ("item", "补贴项目", {"困难残疾人生活补贴": "living", "重度残疾人护理补贴": "nursing"}, True),
        ("from_on", "起始日期", "date", True),
        ("to_on", "终止日期", "date", False),
        ("amount", "金额", "money", True),
    ],
    "DS-CIV-CHILD": [
        ("type", "儿童类别", {"孤儿": "orphan", "事实无人抚养儿童": "unattended"}, True),
        ("from_on", "起始日期", "date", True),
    ],
    "DS-VET-CARE": [
        ("category", "优抚类别", {"伤残军人": "soldier", "定期抚恤优抚对象": "pension"}, True),
        ("disability_grade", "伤残等级", "int", False),
        ("from_on", "起始日期", "date", True),
        ("to_on", "终止日期", "date", False),
    ],
    "DS-EMG-LOSS": [
        ("event_id", "灾害编号", "text", True),
        (
            "disaster_subtype",
            "灾害种类",
            {
                "洪涝灾害": "0201",
                "地质灾害": "0202",
                "旱灾": "0203",
                "生物灾害": "0204",
                "气象灾害": "0205",
                "地震灾害": "0206",
                "其他自然灾害": "0299",
            },
            True,
        ),
        ("ended_on", "灾害结束日期", "date", True),
        ("village_code", "行政村代码", "text", True),
        ("deaths", "死亡人数", "int", True),
        ("injured", "受伤人数", "int", True),
        (
            "house_damage",
            "房屋损坏",
            {"无损坏": "none", "一般损坏": "minor", "严重损坏": "serious", "倒塌": "collapsed"},
            True,
        ),
        ("crop_loss_pct", "农作物损失比例", "int", False),
        ("est_loss", "估计损失", "money", True),
    ],
    "DS-EMG-ACC": [
        ("event_id", "事故编号", "text", True),
        ("happened_on", "发生日期", "date", True),
        (
            "consequence",
            "伤亡情况",
            {"死亡": "death", "致残": "disabled", "重伤": "serious", "轻伤": "minor"},
            True,
        ),
    ],
    "DS-HEA-CONTRACT": [
        ("team", "签约团队", "text", True),
        ("signed_on", "签约日期", "date", True),
        ("valid_to", "有效期至", "date", True),
    ],
    "DS-HOU-WORKS": [
        ("approved_on", "批准日期", "date", True),
        ("started_on", "开工日期", "date", False),
        ("finished_on", "竣工日期", "date", False),
        ("due_on", "应竣工日期", "date", True),
        ("subsidy", "补助资金", "money", True),
    ],
    "DS-PSB-HARM": [
        ("cause", "案件类别", {"交通事故": "traffic", "刑事案件": "crime"}, True),
        ("happened_on", "发生日期", "date", True),
        (
            "consequence",
            "伤亡情况",
            {"死亡": "death", "致残": "disabled", "受伤": "injured", "未受伤": "none"},
            True,
        ),
    ],
    "DS-PSB-HUKOU": [
        (
            "change",
            "变动类型",
            {
                "死亡": "death",
                "迁出": "moved_out",
                "迁入": "moved_in",
                "出生": "birth",
                "婚姻": "marriage",
                "服刑": "prison",
            },
            True,
        ),
        ("changed_on", "变动日期", "date", True),
    ],
    "DS-AGR-LINK": [
        ("entity", "带动主体", "text", True),
        ("project_no", "项目编号", "text", True),
        (
            "benefit",
            "利益联结方式",
            {
                "务工": "work",
                "分红": "dividend",
                "土地流转": "rent",
                "订单收购": "sale",
                "自养自种": "stock",
                "其他": "other",
            },
            True,
        ),
        ("yearly_amount", "年收益金额", "money", True),
    ],
    "DS-NAT-HAZ": [
        ("point_no", "隐患点编号", "text", True),
        (
            "hazard",
            "灾害类型",
            {"滑坡": "slide", "崩塌": "fall", "泥石流": "debris", "地面塌陷": "collapse", "其他": "other"},
            True,
        ),
        ("level", "险情等级", {"特大型": "great", "大型": "large", "中型": "medium", "小型": "small"}, True),
        ("checked_on", "核查日期", "date", True),
        ("ended_on", "核销日期", "date", False),
    ],
}
FIELDS |= counter_tables.FIELDS
SOURCES = {"中央": "central", "省级": "province", "市级": "city", "县级": "county"}
# Tables that are about no person: nobody's number and name stand in them, and one column says of which area a row is.
ALONE: dict[str, list[Field]] = {
    "DS-WAT-EVENT": [
        ("scheme", "供水工程", "text", True),
        ("village_code", "影响区划代码", "text", True),
        ("event_kind", "事件类型", {"停水": "outage", "水质不合格": "quality"}, True),
        ("from_on", "开始日期", "date", True),
        ("to_on", "恢复日期", "date", False),
        ("hours", "持续小时", "int", False),
        ("households", "影响户数", "int", False),
        ("cancelled", "是否作废", "bool", False),
    ],
    "DS-FIN-PROGRESS": [
        ("area_code", "区划代码", "text", True),
        ("fund_year", "资金年度", "int", True),
        ("fund_source", "资金来源", SOURCES, True),
        ("budget", "下达金额", "money", True),
        ("spent", "累计支出", "money", True),
        ("industry_budget", "产业发展金额", "money", True),
    ],
    "DS-AGR-PROJ": [
        ("project_no", "项目编号", "text", True),
        ("project_name", "项目名称", "text", True),
        ("area_code", "区划代码", "text", True),
        ("project_year", "项目年度", "int", True),
        (
            "category",
            "项目类别",
            {"产业发展": "industry", "基础设施": "infrastructure", "就业": "employment", "其他": "other"},
            True,
        ),
        ("entity", "实施主体", "text", True),
        ("fund_source", "资金来源", SOURCES, True),
        ("amount", "项目资金", "money", True),
        ("households", "带动户数", "int", False),
        (
            "state",
            "项目状态",
            {
                "未开工": "planned",
                "在建": "building",
                "已完工": "finished",
                "正常运营": "running",
                "闲置": "idle",
                "失败停产": "failed",
            },
            True,
        ),
        ("benefit_paid", "已兑现收益", "money", False),
        ("price_fall_pct", "销售价格降幅", "int", False),
        ("reason", "原因说明", "text", False),
        ("prepared_on", "前期完成日期", "date", False),
        ("tendered_on", "招投标完成日期", "date", False),
        ("started_on", "开工日期", "date", False),
        ("finished_on", "完工日期", "date", False),
        ("entered_on", "系统录入日期", "date", False),
    ],
    "DS-MKT-ENT": [
        ("entity", "主体名称", "text", True),
        ("area_code", "区划代码", "text", True),
        (
            "entity_kind",
            "主体类型",
            {"帮扶车间": "workshop", "龙头企业": "leading", "专业合作社": "cooperative", "其他": "other"},
            True,
        ),
        ("closed_on", "关停日期", "date", True),
        (
            "closed_why",
            "关停情形",
            {"注销": "struck_off", "吊销": "revoked", "经营异常": "abnormal", "停产歇业": "stopped"},
            True,
        ),
    ],
}
AREA_OF = {code: "village_code" if code == "DS-WAT-EVENT" else "area_code" for code in ALONE}


def _headers() -> dict[str, str]:
    found = {"证件号码": "id_no", "姓名": "name", "数据日期": "as_of"}
    for fields in (*FIELDS.values(), *ALONE.values()):
        for code, header, _, _ in fields:
            # 原因, 年度, 等级 and the like mean the same code wherever they stand.
            assert found.setdefault(header, code) == code, header  # noqa: S101
    return found


HEADERS = _headers()
