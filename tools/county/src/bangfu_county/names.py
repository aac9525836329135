"""Names for people who do not exist: Han names from syllables, rare characters, names with a middle dot."""

from __future__ import annotations

from random import Random

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
    "姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
_RARE_SURNAMES = ("欧阳", "上官", "司马", "诸葛", "亓", "仝", "逄", "郄", "麴", "禤", "揭", "乜")
_MALE = "伟强军勇杰涛明超刚平辉鹏华飞斌波建国志文海东林龙云江山松柏成永新民家德福贵祥春生光荣学正中立本安康宁和顺"
_FEMALE = "芳娟敏静丽艳玲秀英红梅兰霞燕雪慧琴萍桂香月凤云莲珍翠素巧春花淑珠玉美娜洁琳佳欣怡婷雨思梦晓倩颖"
# GBK knows these; school rolls are sent in GBK.
_RARE_GIVEN = ("喆", "堃", "犇", "淼", "翀", "昇", "彧", "珺", "璟", "弢", "瑀", "赟", "晞", "烨", "皛", "垚")
# Only GB 18030 and Unicode know these, so they are given to adults, who are on no school roll.
_BEYOND_GBK = ("䶮", "㛃", "𫍯", "𬭎", "㼆", "𣲘")
_DOTTED_FIRST = (
    "买买提", "阿依古丽", "古丽娜尔", "艾合买提", "帕提古丽", "扎西",
    "卓玛", "次仁", "阿史", "吉克", "尔古", "木呷",
)  # fmt: skip
_DOTTED_LAST = (
    "艾力", "吐尔逊", "热合曼", "阿不都热依木", "顿珠", "旺堆",
    "拉姆", "拉且", "阿木", "伍果", "日火", "子哈",
)  # fmt: skip


def surname(rng: Random) -> str:
    """Draw a surname: common ones mostly, about 1 % rare or two-character, about 2 % a middle-dot family ("·...")."""
    chance = rng.random()
    if chance < 0.01:
        return rng.choice(_RARE_SURNAMES)
    if chance < 0.03:
        return "·" + rng.choice(_DOTTED_LAST)
    # Squaring the draw favours the front of the list, where the frequent surnames stand.
    return _SURNAMES[int(rng.random() ** 2 * len(_SURNAMES))]


def full_name(rng: Random, family: str, sex: str, *, adult: bool) -> str:
    """Give a person a name.

    Args:
        rng: Source of chance.
        family: Result of `surname`; one that starts with the middle dot goes behind the given name.
        sex: "1" male, "2" female.
        adult: Adults may carry characters that GBK cannot hold, pupils may not.
    """
    if family[0] == "·":
        return rng.choice(_DOTTED_FIRST) + family
    pool = _MALE if sex == "1" else _FEMALE
    chance = rng.random()
    if chance < 0.012:
        rare = rng.choice(_BEYOND_GBK) if adult and chance < 0.003 else rng.choice(_RARE_GIVEN)
        return family + rare if chance < 0.006 else family + rng.choice(pool) + rare
    first = pool[int(rng.random() * len(pool))]
    if chance < 0.22:
        return family + first
    return family + first + pool[int(rng.random() * len(pool))]


_TOWNS = (
    "城关", "青石", "柳河", "白云", "石桥", "双河", "大坪", "黄泥",
    "松林", "龙潭", "清水", "平安", "红旗", "永兴", "长岭", "太平",
)  # fmt: skip
_VILLAGES = ("东", "西", "南", "北", "上", "下", "前", "后", "新", "老", "大", "小")
_PLACES = ("庄", "沟", "湾", "坪", "河", "岭", "坝", "营", "店", "桥", "寨", "塘", "窑", "堡")


def town_name(index: int) -> str:
    """Name the n-th township; names repeat with a number after the list is used up."""
    base = _TOWNS[index % len(_TOWNS)]
    return f"{base}镇" if index < len(_TOWNS) else f"{base}第{index // len(_TOWNS) + 1}乡"


def village_name(town: int, index: int) -> str:
    """Name the n-th village of a township, different from its neighbours."""
    first = _VILLAGES[(index + town) % len(_VILLAGES)]
    second = _PLACES[(index // len(_VILLAGES) * 5 + index * 3 + town) % len(_PLACES)]
    return f"{first}{second}村"
