"""Code lists of a person's fields that nothing else names.

Sources: GB/T 3304-1991 (民族, its two-digit codes), GB/T 26341-2010 (残疾人残疾分类和分级), export forms of the
national register (文化程度, 失学辍学原因, 务工). Members marked [A] are this project's own where no public code exists.
"""

from __future__ import annotations

from contracts.vocabulary import Labelled


class Ethnicity(Labelled):
    """民族: the codes of GB/T 3304; 97 and 98 are those of the household register for others."""

    HAN = "01", "汉族", "Han"
    MONGOL = "02", "蒙古族", "Mongol"
    HUI = "03", "回族", "Hui"
    TIBETAN = "04", "藏族", "Tibetan"
    UYGHUR = "05", "维吾尔族", "Uyghur"
    MIAO = "06", "苗族", "Miao"
    YI = "07", "彝族", "Yi"
    ZHUANG = "08", "壮族", "Zhuang"
    BOUYEI = "09", "布依族", "Bouyei"
    KOREAN = "10", "朝鲜族", "Korean"
    MANCHU = "11", "满族", "Manchu"
    DONG = "12", "侗族", "Dong"
    YAO = "13", "瑶族", "Yao"
    BAI = "14", "白族", "Bai"
    TUJIA = "15", "土家族", "Tujia"
    HANI = "16", "哈尼族", "Hani"
    KAZAKH = "17", "哈萨克族", "Kazakh"
    DAI = "18", "傣族", "Dai"
    LI = "19", "黎族", "Li"
    LISU = "20", "傈僳族", "Lisu"
    WA = "21", "佤族", "Wa"
    SHE = "22", "畲族", "She"
    GAOSHAN = "23", "高山族", "Gaoshan"
    LAHU = "24", "拉祜族", "Lahu"
    SUI = "25", "水族", "Sui"
    DONGXIANG = "26", "东乡族", "Dongxiang"
    NAXI = "27", "纳西族", "Naxi"
    JINGPO = "28", "景颇族", "Jingpo"
    KIRGIZ = "29", "柯尔克孜族", "Kirgiz"
    TU = "30", "土族", "Tu"
    DAUR = "31", "达斡尔族", "Daur"
    MULAO = "32", "仫佬族", "Mulao"
    QIANG = "33", "羌族", "Qiang"
    BLANG = "34", "布朗族", "Blang"
    SALAR = "35", "撒拉族", "Salar"
    MAONAN = "36", "毛南族", "Maonan"
    GELAO = "37", "仡佬族", "Gelao"
    XIBE = "38", "锡伯族", "Xibe"
    ACHANG = "39", "阿昌族", "Achang"
    PUMI = "40", "普米族", "Pumi"
    TAJIK = "41", "塔吉克族", "Tajik"
    NU = "42", "怒族", "Nu"
    UZBEK = "43", "乌孜别克族", "Uzbek"
    RUSSIAN = "44", "俄罗斯族", "Russian"
    EWENKI = "45", "鄂温克族", "Ewenki"
    DEANG = "46", "德昂族", "De'ang"
    BONAN = "47", "保安族", "Bonan"
    YUGUR = "48", "裕固族", "Yugur"
    GIN = "49", "京族", "Gin"
    TATAR = "50", "塔塔尔族", "Tatar"
    DERUNG = "51", "独龙族", "Derung"
    OROQEN = "52", "鄂伦春族", "Oroqen"
    HEZHEN = "53", "赫哲族", "Hezhen"
    MONBA = "54", "门巴族", "Monba"
    LHOBA = "55", "珞巴族", "Lhoba"
    JINO = "56", "基诺族", "Jino"
    OTHER = "97", "其他", "other"
    NATURALISED = "98", "外国血统中国籍人士", "of foreign descent and Chinese nationality"


class IdType(Labelled):
    """证件类型 [A codes]: whose number it is, a card's or a disability certificate's."""

    RESIDENT_CARD = "resident_card", "居民身份证", "resident identity card"
    DISABILITY_CERTIFICATE = "disability_certificate", "残疾人证", "disability certificate"


class Education(Labelled):
    """文化程度 of who is not at school [A codes]."""

    ILLITERATE = "illiterate", "文盲或半文盲", "illiterate or half so"
    PRIMARY = "primary", "小学", "primary school"
    JUNIOR = "junior", "初中", "junior middle school"
    SENIOR = "senior", "高中", "senior middle school"
    COLLEGE = "college", "大专", "college"
    BACHELOR = "bachelor", "本科及以上", "bachelor's degree and above"


class DropoutReason(Labelled):
    """失学或辍学原因 [A codes]."""

    ILLNESS = "illness", "因病", "illness"
    DISABILITY = "disability", "因残", "disability"
    WEARY = "weary", "厌学", "weary of school"
    POVERTY = "poverty", "因贫", "poverty"
    OTHER = "other", "其他", "other"


class DisabilityCategory(Labelled):
    """残疾类别: the nineteenth character of a disability certificate."""

    SIGHT = "1", "视力残疾", "sight"
    HEARING = "2", "听力残疾", "hearing"
    SPEECH = "3", "言语残疾", "speech"
    PHYSICAL = "4", "肢体残疾", "physical"
    INTELLECTUAL = "5", "智力残疾", "intellectual"
    MENTAL = "6", "精神残疾", "mental"
    MULTIPLE = "7", "多重残疾", "multiple"


class DisabilityLevel(Labelled):
    """残疾等级: the twentieth character of a disability certificate, 1 the severest."""

    FIRST = "1", "一级", "first, the severest"
    SECOND = "2", "二级", "second"
    THIRD = "3", "三级", "third"
    FOURTH = "4", "四级", "fourth"


class WorkPlace(Labelled):
    """务工所在地 [A codes]."""

    TOWN = "town", "乡镇内", "in the township"
    COUNTY = "county", "乡镇外县内", "in the county"
    PROVINCE = "province", "县外省内", "in the province"
    OUTSIDE = "outside", "省外", "in another province"


class WorkChannel(Labelled):
    """就业渠道 [A codes]."""

    AWAY = "away", "外出务工", "work elsewhere"
    NEAR = "near", "就近务工", "work nearby"
    PUBLIC_POST = "public_post", "公益岗位", "public post"
    WORKSHOP = "workshop", "帮扶车间", "assistance workshop"
    WORK_RELIEF = "work_relief", "以工代赈", "work relief"
    OTHER = "other", "其他", "other"


class PublicPost(Labelled):
    """公益性岗位 [A codes]."""

    FOREST = "forest", "生态护林员", "forest ranger"
    CLEANING = "cleaning", "保洁员", "cleaner"
    ROAD = "road", "护路员", "road keeper"
    WATER = "water", "管水员", "water keeper"
    CARE = "care", "护理员", "carer"
    OTHER = "other", "其他", "other"
