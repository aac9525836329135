"""Labels of the departments' lists with the codes that they stand for, written down once more."""

from __future__ import annotations

STAGES = {
    "小学": "primary",
    "初中": "junior",
    "普通高中": "senior",
    "中职": "vocational",
    "高职高专": "higher_vocational",
    "本科": "bachelor",
    "硕士研究生及以上": "master",
}
ABOVE_COMPULSORY = ("senior", "vocational", "higher_vocational", "bachelor", "master")
REASONS = {
    "因病": "illness",
    "因残": "disability",
    "缺劳力": "no_labour",
    "因学": "schooling",
    "因灾": "disaster",
    "其他": "other",
}
_NAMES_OF_DISEASES = (
    "儿童先天性心脏病", "儿童白血病", "胃癌", "食道癌", "结肠癌", "直肠癌", "终末期肾病", "肺癌", "肝癌", "乳腺癌",
    "宫颈癌", "急性心肌梗死", "白内障", "尘肺", "神经母细胞瘤", "儿童淋巴瘤", "骨肉瘤", "血友病", "地中海贫血",
    "唇腭裂", "尿道下裂", "耐多药结核病", "脑卒中", "慢性阻塞性肺气肿", "艾滋病机会感染", "膀胱癌", "卵巢癌", "肾癌",
    "重性精神疾病", "风湿性心脏病",
)  # fmt: skip
DISEASES = {name: f"D{number:02d}" for number, name in enumerate(_NAMES_OF_DISEASES, 1)} | {"其他大病": "D99"}
PLACES = {"乡镇内": "town", "乡镇外县内": "county", "县外省内": "province", "省外": "outside"}
CHANNELS = {
    "外出务工": "away",
    "就近务工": "near",
    "公益岗位": "public_post",
    "帮扶车间": "workshop",
    "以工代赈": "work_relief",
    "其他": "other",
}
LOSSES = {
    "被辞退": "dismissed",
    "合同到期": "expired",
    "企业停产": "closed",
    "身体原因": "health",
    "家庭原因": "family",
    "其他": "other",
}
POSTS = {"保洁员": "cleaning", "护路员": "road", "管水员": "water", "护理员": "care", "其他": "other"}
RANGERS = {"生态护林员": "forest", "草管员": "grass", "湿地管护员": "wetland", "其他": "other"}
AIDS = {"生活补助": "living", "国家助学金": "grant", "免学费": "waiver", "雨露计划": "rain_dew", "其他": "other"}
WISHES = {"就近就业": "near", "再次外出": "away", "参加培训": "training", "暂无意愿": "none"}
