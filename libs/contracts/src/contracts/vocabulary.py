"""Code lists of the field, with their Chinese terms.

Every member's value is the code that travels in events, APIs and files; `label` is the
official Chinese term and `english` its translation. Sources: national monitoring register
export forms, civil-affairs code map, GB/T 2260 for areas. Members marked [A] are this
project's own numbers where no public code exists.
"""

from __future__ import annotations

from enum import StrEnum


class Labelled(StrEnum):
    """A code with a Chinese label and an English translation."""

    label: str
    english: str

    def __new__(cls, code: str, label: str = "", english: str = "") -> Labelled:
        """Build the member from `(code, label, english)`; a code alone looks a member up."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.label = label
        member.english = english
        return member


class RiskType(Labelled):
    """What may push the household back (风险类型). 20, 30 and 40 are kinds of clue without a named risk yet [A]."""

    ILLNESS = "01", "因病", "illness"
    DISASTER = "02", "因自然灾害", "natural disaster"
    DISABILITY = "03", "因残", "disability"
    NO_LABOUR = "04", "缺劳动力", "lack of labour"
    ACCIDENT = "05", "因意外事故", "accident"
    PROJECT_FAILED = "06", "因产业项目失败", "failed production project"
    UNSTABLE_WORK = "07", "因务工就业不稳", "unstable employment"
    SCHOOLING_COST = "09", "因学", "schooling cost"
    HOUSING = "11", "因安全住房", "unsafe housing"
    WATER = "12", "因安全饮水", "unsafe drinking water"
    DROPOUT = "13", "义务教育失学辍学", "dropout from compulsory education"
    INCOME = "20", "收入偏低或下降(原因待核)", "income low or falling, cause to be verified"
    EXPENDITURE = "21", "支出骤增(突发严重困难)", "expenditure spike, sudden serious difficulty"
    RELIEF = "22", "新增救助(原因待核)", "newly granted relief, cause to be verified"
    POLICY_GAP = "30", "政策落实缺口", "policy not delivered"
    DATA = "40", "数据疑点", "questionable data"
    OTHER = "99", "其他", "other"

    @property
    def is_named(self) -> bool:
        """Tell whether it says what a household suffers from, and not only what shows it or what is missing."""
        return self not in (
            RiskType.INCOME, RiskType.EXPENDITURE, RiskType.RELIEF, RiskType.POLICY_GAP, RiskType.DATA,
        )  # fmt: skip


class Severity(Labelled):
    """How fast somebody must look (预警等级), most urgent first."""

    RED = "RED", "红色", "red"
    ORANGE = "ORANGE", "橙色", "orange"
    YELLOW = "YELLOW", "黄色", "yellow"
    INFO = "INFO", "提示", "for information"


class HouseholdType(Labelled):
    """户类型: whether the household was on the poverty register."""

    ORDINARY = "0", "一般农户", "ordinary rural household"
    FORMER_POOR = "1", "脱贫户", "former poor household"


class MonitorCategory(Labelled):
    """监测对象类别: the three categories of monitored households."""

    UNSTABLE_FORMER_POOR = "0", "脱贫不稳定户", "former poor household that is unstable"
    MARGINAL = "1", "边缘易致贫户", "marginal household prone to poverty"
    SUDDEN_DIFFICULTY = "2", "突发严重困难户", "household in sudden serious difficulty"


class HouseholdStatus(Labelled):
    """Whether the household still exists."""

    ACTIVE = "active", "在册", "active"
    ENDED = "ended", "整户自然减少", "naturally ended"
    MERGED = "merged", "并户", "merged"


class HousingTenure(Labelled):
    """住房来源: how the household is housed [A codes]."""

    OWNED = "owned", "自有住房", "own house"
    RENTED_SAFE = "rented_safe", "安全租住", "rents a safe house"
    BORROWED = "borrowed", "借住", "lives in a borrowed house"
    NONE = "none", "无房", "no house"


class Sex(Labelled):
    """性别, as the ID number says it."""

    MALE = "1", "男", "male"
    FEMALE = "2", "女", "female"


class LabourLevel(Labelled):
    """劳动技能: ability to work [A codes]."""

    ORDINARY = "1", "普通劳动力", "ordinary labour"
    SKILLED = "2", "技能劳动力", "skilled labour"
    WEAK = "3", "弱劳动力或半劳动力", "weak or half labour"
    LOST = "4", "丧失劳动力", "lost labour ability"
    NONE = "5", "无劳动力", "no labour ability"


class SchoolStage(Labelled):
    """在校生状况, folded to the stages that rules need [A codes]."""

    PRESCHOOL = "preschool", "学前教育", "preschool"
    PRIMARY = "primary", "小学", "primary school"
    JUNIOR = "junior", "初中", "junior middle school"
    SENIOR = "senior", "普通高中", "senior middle school"
    VOCATIONAL = "vocational", "中职", "secondary vocational school"
    HIGHER_VOCATIONAL = "higher_vocational", "高职高专", "higher vocational college"
    BACHELOR = "bachelor", "本科", "bachelor's studies"
    MASTER = "master", "硕士研究生及以上", "master's studies and above"


class Relation(Labelled):
    """与户主关系, the relations the county's households use most [A codes]."""

    HEAD = "head", "户主", "head of household"
    SPOUSE = "spouse", "配偶", "spouse"
    CHILD = "child", "子女", "son or daughter"
    CHILD_IN_LAW = "child_in_law", "儿媳女婿", "son- or daughter-in-law"
    GRANDCHILD = "grandchild", "孙子女", "grandchild"
    PARENT = "parent", "父母", "parent"
    PARENT_IN_LAW = "parent_in_law", "岳父母公婆", "parent-in-law"
    GRANDPARENT = "grandparent", "祖父母", "grandparent"
    SIBLING = "sibling", "兄弟姐妹", "brother or sister"
    OTHER = "other", "其他", "other"


class HealthCondition(Labelled):
    """健康状况: healthy excludes the others."""

    HEALTHY = "healthy", "健康", "healthy"
    CHRONIC = "chronic", "长期慢性病", "long-term chronic disease"
    MAJOR_DISEASE = "major_disease", "患有大病", "major disease"
    DISABLED = "disabled", "残疾", "disabled"


class Relief(Labelled):
    """低收入人口类别: of the low-income population by kind; who is several counts as the first of them."""

    NONE = "none", "不享受", "none"
    DIBAO = "dibao", "低保", "minimum living allowance"
    TEKUN = "tekun", "特困供养", "extreme-poverty support"
    MARGINAL = "marginal", "低保边缘", "on the margin of the allowance"
    RIGID = "rigid", "刚性支出困难", "hardship by rigid expenditure"

    @property
    def is_allowance(self) -> bool:
        """Tell whether it is paid: 低保 and 特困 secure a household's living, the others do not."""
        return self in (Relief.DIBAO, Relief.TEKUN)


class Department(Labelled):
    """行业部门 that own data or duties."""

    AGR = "AGR", "农业农村局", "agriculture and rural affairs"
    EDU = "EDU", "教育局", "education"
    MED = "MED", "医疗保障局", "medical insurance"
    HEA = "HEA", "卫生健康局", "health"
    CIV = "CIV", "民政局", "civil affairs"
    HOU = "HOU", "住房和城乡建设局", "housing and construction"
    WAT = "WAT", "水利局", "water"
    HRS = "HRS", "人力资源和社会保障局", "human resources and social security"
    DPF = "DPF", "残疾人联合会", "disabled persons' federation"
    EMG = "EMG", "应急管理局", "emergency management"
    PSB = "PSB", "公安局", "public security"
    NAT = "NAT", "自然资源局", "natural resources"
    MKT = "MKT", "市场监督管理局", "market supervision"
    FIN = "FIN", "财政局", "finance"
    TAX = "TAX", "税务局", "taxation"
    BNK = "BNK", "银行机构", "banks"
    INS = "INS", "保险机构", "insurers"
    RES = "RES", "发展和改革局", "development and reform"
    FOR = "FOR", "林业和草原局", "forestry"
    VET = "VET", "退役军人事务局", "veterans' affairs"
    PET = "PET", "信访与热线", "petitions and hotlines"


class UnitKind(Labelled):
    """单位类型: where staff belong [A codes]."""

    DEPARTMENT = "department", "行业部门", "department"
    LEAD = "lead", "县级主管部门", "county lead department"
    TOWN = "town", "乡镇(街道)政府", "township government"
    VILLAGE = "village", "村(社区)两委", "village committee"
    WORKTEAM = "workteam", "驻村工作队", "resident work team"
    OFFICE = "office", "领导小组、上级或监督机关", "leading group, superior or supervising body"


class StaffRole(Labelled):
    """岗位: what somebody on the roster does; what each needs stands in `contracts.staff`."""

    GRID = "GRID", "网格员", "grid worker"
    COLLECTOR = "COLLECTOR", "村级采集员", "village collector"
    VILLAGE = "VILLAGE", "村两委干部", "village cadre"
    WORKTEAM = "WORKTEAM", "驻村工作队员", "member of the resident work team"
    HELPER = "HELPER", "帮扶责任人", "helper of households"
    ENTRY = "ENTRY", "乡镇录入员", "township entry clerk"
    TOWN = "TOWN", "乡镇审核员", "township auditor"
    MONITOR = "MONITOR", "县级监测员", "county monitor"
    COUNTY = "COUNTY", "县级主管部门审定人员", "approver of the county lead department"
    LEADGROUP = "LEADGROUP", "县委农村工作领导小组成员", "member of the county leading group"
    LIAISON = "DEPT", "部门信息联络员", "liaison of a department"
    CITY = "CITY", "市级人员", "city staff"
    PROVINCE = "PROV", "省级人员", "provincial staff"
    AUDITOR = "AUDITOR", "督查审计人员", "supervision and audit"
    SYSTEM_ADMIN = "SYSADMIN", "系统管理员", "system administrator"
    SECURITY_ADMIN = "SECADMIN", "安全管理员", "security administrator"
    AUDIT_ADMIN = "AUDITADMIN", "审计管理员", "audit administrator"


class ContactWay(Labelled):
    """联系方式: how somebody of the roster was in touch with a household [A codes]."""

    VISIT = "visit", "入户走访", "visit"
    PHONE = "phone", "电话联系", "telephone call"
    MESSAGE = "message", "短信或微信", "message"


class ContactOutcome(Labelled):
    """走访结果: whether anybody was met [A codes]."""

    MET = "met", "见到或联系上", "somebody was met, or reached"
    ABSENT = "absent", "无人在家或联系不上", "nobody was at home, or answered: to be tried again"
    REFUSED = "refused", "农户拒绝", "the household refused"


class CampaignKind(Labelled):
    """走访行动: what the county has every household, or those that it concerns, visited for [A codes]."""

    SWEEP = "sweep", "集中排查", "sweep of every rural household"
    VERIFICATION = "verification", "定期核查", "periodic verification of monitored and former poor households"
    FOLLOW_UP = "follow_up", "搬迁后续走访", "follow-up of resettled households"


class CampaignTaskState(Labelled):
    """一户的走访进度: what became of a household's visit of a campaign [A codes]."""

    OPEN = "open", "待走访", "to be visited"
    NO_RISK = "no_risk", "已走访,无风险", "visited, no risk seen"
    RISK_FOUND = "risk_found", "已走访,发现风险", "visited, a risk was seen"
    ABSENT = "absent", "未见到,需再访", "nobody was met: to be tried again"
    REFUSED = "refused", "农户拒绝", "the household refused"


class CheckedLevel(Labelled):
    """核查层级: which areas a counter-check looks at."""

    VILLAGE = "village", "村", "village"
    TOWN = "town", "乡镇", "township"


class Channel(Labelled):
    """发现渠道: how a clue came to light."""

    SELF = "CH1", "农户自主申报", "self-application by the household"
    VISIT = "CH2", "基层干部排查", "visit by grass-roots cadres"
    DEPARTMENT = "CH3", "部门筛查预警", "departmental screening"
    SWEEP = "CH4", "集中排查", "sweep campaign"
    PETITION = "CH5", "信访舆情热线", "petition, hotline or public opinion"


class ClueState(Labelled):
    """State of a clue (线索状态)."""

    NEW = "new", "待派发", "new"
    DISPATCHED = "dispatched", "已派发", "dispatched"
    VERIFYING = "verifying", "核实中", "being verified"
    CONFIRMED_IDENTIFY = "confirmed_identify", "转识别认定", "confirmed, identification begins"
    CONFIRMED_POLICY = "confirmed_policy", "仅政策落实", "confirmed, policy delivery only"
    EXISTING_CASE = "existing_case", "已是监测对象", "belongs to an existing case"
    EXCLUDED = "excluded", "排除", "excluded"
    UNREACHABLE = "unreachable", "暂未联系上", "unreachable, to be tried again"
    WITHDRAWN = "withdrawn", "依据消失已撤销", "withdrawn, nothing speaks for it any more"

    @property
    def is_open(self) -> bool:
        """Tell whether somebody still has to act on the clue."""
        return self in (ClueState.NEW, ClueState.DISPATCHED, ClueState.VERIFYING, ClueState.UNREACHABLE)


class Closed(Labelled):
    """Why a clue was closed without a verification (撤销原因)."""

    FINDINGS_WITHDRAWN = "findings_withdrawn", "更正后的数据不再显示该风险", "corrected data no longer show the risk"
    HOUSEHOLD_ENDED = "household_ended", "该户已不在册", "the household is no longer registered"
    JOINED = "joined", "并户后归入同类线索", "joined the clue of the household that it was merged into"


class ExclusionReason(Labelled):
    """排除原因 [A]."""

    DATA_ERROR = "data_error", "数据错误", "the data were wrong"
    GONE = "gone", "人员死亡或迁出", "person deceased or moved out"
    SOLVED = "solved", "风险已解决", "the risk is already solved"
    SELF_COPING = "self_coping", "自主应对能力充足", "the household can cope by itself"
    HARD_FLAW = "hard_flaw", "硬伤已核实", "a hard flaw was confirmed"
    NOT_WILLING = "not_willing", "农户书面放弃", "signed refusal by the household"


class AlertKind(Labelled):
    """What happened to the clue that subscribers should know."""

    RAISED = "raised", "新增预警", "raised"
    ESCALATED = "escalated", "预警升级", "escalated"
    RESOLVED = "resolved", "已办结或撤销", "resolved by verification, or withdrawn"
    OVERDUE = "overdue", "逾期未办", "overdue"
    CHANGED = "changed", "预警变更", "changed: less severe, another due date, or its ground gone or back"
    MOVED = "moved", "随户迁移", "moved to another area with its household"
    CAPPED = (
        "capped",
        "当日退出或排除达到上限",
        "as many as policy allows a day have left protection: somebody should look",
    )
    DUTY_OPENED = "duty_opened", "新增须核查事项", "a duty was opened of which those above should know"
    DUTY_NEAR = "duty_near", "事项临期", "the day of a duty is near"
    DUTY_LATE = "duty_late", "事项逾期上报", "a duty is late and went to the next level"
    POLICY_GAP = "policy_gap", "政策缺口进展", "a policy gap was confirmed, answered, looked at again or withdrawn"


class GapState(Labelled):
    """State of a policy gap (政策缺口的办理状态)."""

    OPEN = "open", "待部门落实", "the department has to act"
    RETURNED = "returned", "部门不予落实,待复核", "the department does not grant it: the township looks again"
    CLOSED = "closed", "已办结", "granted, or the township agrees that it is not"
    WITHDRAWN = "withdrawn", "依据消失已撤销", "withdrawn, nothing speaks for it any more"


class GapResult(Labelled):
    """What a department says to a policy gap (政策缺口的办理结果)."""

    GRANTED = "granted", "已落实", "granted"
    REFUSED = "refused", "不予落实", "refused"
    NOT_APPLICABLE = "not_applicable", "不适用", "nothing is owed"


class GapRefusal(Labelled):
    """不予落实的原因 [A]."""

    NOT_ELIGIBLE = "not_eligible", "不符合政策条件", "the conditions of the policy are not met"
    DECLINED = "declined", "本人书面放弃", "the person declined in writing"
    DOCUMENTS = "documents", "材料不全且未补正", "documents are missing and did not come"
    EXHAUSTED = "exhausted", "名额或资金已用完", "places or funds are used up"


class Capped(Labelled):
    """What a township can have so many of a day and no more (当日上限)."""

    ENDINGS = "endings", "退出监测", "households that left monitoring or the register"
    EXCLUSIONS = "exclusions", "排除线索", "clues that were excluded"
    REFUSALS = "refusals", "不予纳入或撤回申请", "households that were refused or withdrew before they were monitored"
    POLICY_ONLY = "policy_only", "仅落实政策", "clues that were left to a department's policy alone"


class EpisodeState(Labelled):
    """State of a monitoring episode (识别认定到常态监测)."""

    APPLIED = "APPLIED", "申请与授权", "applied"
    VISITED = "VISITED", "入户核实", "visited"
    COMPARED = "COMPARED", "信息比对", "compared"
    REVIEWED = "REVIEWED", "民主评议", "reviewed"
    PUBLICISED = "PUBLICISED", "村内公示", "publicised"
    OBJECTED = "OBJECTED", "异议核查", "objected"
    TOWN_AUDITED = "TOWN_AUDITED", "乡镇审核", "audited by the township"
    COUNTY_APPROVED = "COUNTY_APPROVED", "县级审定", "approved by the county"
    ANNOUNCED = "ANNOUNCED", "公告", "announced"
    MONITORED = "MONITORED", "录入标注", "monitored"
    PLANNED = "PLANNED", "制定帮扶计划", "planned"
    ASSISTING = "ASSISTING", "帮扶中", "being assisted"
    ELIM_PROPOSED = "ELIM_PROPOSED", "拟消除", "elimination proposed"
    ELIM_VISITED = "ELIM_VISITED", "消除入户核实", "elimination visited"
    ELIM_REVIEWED = "ELIM_REVIEWED", "消除评议", "elimination reviewed"
    ELIM_PUBLICISED = "ELIM_PUBLICISED", "消除公示", "elimination publicised"
    ELIM_TOWN = "ELIM_TOWN", "消除乡镇审核", "elimination audited by the township"
    ELIM_COUNTY = "ELIM_COUNTY", "消除县级审定", "elimination approved by the county"
    ELIMINATED = "ELIMINATED", "风险消除", "risk eliminated"
    LOOKED_BACK = "LOOKED_BACK", "回头看", "looked back"
    STABLE = "STABLE", "常态监测", "stable"
    WITHDRAWN = "WITHDRAWN", "撤回申请", "withdrawn"
    REJECTED = "REJECTED", "不予纳入", "rejected"
    EXIT_PROPOSED = "EXIT_PROPOSED", "拟退出监测", "exit proposed"
    ENDED_NATURAL = "ENDED_NATURAL", "自然减少", "ended naturally"
    CORRECTED = "CORRECTED", "误识别清退", "removed as wrongly identified"


class Guarantee(Labelled):
    """三保障和饮水安全."""

    EDUCATION = "education", "义务教育", "compulsory education"
    MEDICAL = "medical", "基本医疗", "basic medical care"
    HOUSING = "housing", "住房安全", "safe housing"
    WATER = "water", "饮水安全", "safe drinking water"


class PurposeCode(Labelled):
    """Why a full identity is needed (查看目的)."""

    VERIFICATION = "verification", "线索核实", "verification of a clue"
    IDENTIFICATION = "identification", "识别认定", "identification of a household"
    ASSISTANCE = "assistance", "帮扶落实", "delivery of assistance"
    CORRECTION = "correction", "数据更正", "correction of data"
    PETITION = "petition", "信访答复", "answer to a petition"
    AUDIT = "audit", "监督检查", "audit"


class IncomePeriod(Labelled):
    """What an income is of that is not a year's (收支)."""

    QUARTER = "quarter", "季度", "a quarter"
    ROLLING = "rolling", "滚动十二个月", "twelve months"
    IDENTIFICATION = "identification", "识别时", "the twelve months before identification"
    ELIMINATION = "elimination", "风险消除后", "the twelve months before the risk was eliminated"


class FieldClass(Labelled):
    """Sensitivity of a field (分级), from public to strictly protected.

    Source: Personal Information Protection Law art. 28; GB/T 43697 style levels [A mapping].
    """

    S1 = "S1", "公开", "public"
    S2 = "S2", "内部", "internal"
    S3 = "S3", "个人信息", "personal"
    S4 = "S4", "敏感个人信息", "sensitive personal"
