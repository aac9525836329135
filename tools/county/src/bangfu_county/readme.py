"""The page that lies beside the generated files."""

from __future__ import annotations

from bangfu_county.datasets import DATASETS
from bangfu_county.manifest import Manifest

_PAGE = """明川县(虚构)一个月的数据 / A month of data of Mingchuan, a county that does not exist
================================================================================

全部为合成数据:身份证号码使用不存在的省级代码 99,不会与任何真人重合。
All data are synthetic: the ID numbers use province 99, which does not exist, so none can belong to a person.

期间 period: {period}    种子 seed: {seed}
户 households: {households}    人 persons: {persons}    脱贫户 former poor: {former_poor_households}    \
监测户 monitored: {monitored_households}
脱贫户和监测户人均纯收入 net income a head of former poor and monitored: {low_income_net_per_head} 元, \
增长 growth {growth}

文件 Files
----------
registry/areas.csv            区划 area tree (code,name,parent_code,valid_from)
registry/households.ndjson    农户登记,每行一户 register, one household a line
departments/<部门>/<数据集>/   各部门按自己的格式交付 department files in their own formats
manifest.json                 埋设的困难、近似情形、脏数据及文件清单
                              planted hardship, near-misses, dirt, list of files and how to send them

{datasets}

读取时应做的规范化 Normalisation that a reader must do
------------------------------------------------------
证件号码和姓名:NFKC、去首尾空格、转大写(全角数字、小写 x);15 位号码升为 18 位;20 或 22 位残疾人证取前 18 位。
ID numbers and names: NFKC, trim, upper case (full-width digits, lower-case x); 15 digits become 18; of a 20 or 22
character disability certificate the first 18 count.
日期 dates: 2026-10-31, 2026/10/31, 20261031, Excel 日期单元格或序列号 date cell or serial number.
布尔 booleans: 是/否, true/false, 1/0.    金额 money: 元,不超过两位小数 yuan, at most two decimals, never negative.
枚举单元格写标签或代码 enum cells hold the Chinese label or the code.
同一主键内容相同的重复行只算一行,不拒收;被拒收的行不占用主键。
The first accepted row of a key counts (files by name, then line); later ones are rejected; a rejected row holds no key.
"""


def describe(manifest: Manifest) -> str:
    """Write the page for a manifest."""
    lines = ["数据集 dataset   行 rows   拒收 rejected   待核 quarantined   未匹配 unmatched   文件 files"]
    for code in DATASETS:
        dirt = manifest.dirt[code]
        files = [entry for entry in manifest.files if entry.dataset == code]
        kinds = sorted({entry.path.split("/")[-1].split(".", 1)[1] for entry in files})
        lines.append(
            f"{code:15} {dirt.rows:9} {sum(dirt.rejected.values()):11} {dirt.quarantined:14} {dirt.unmatched:14}"
            f"        {len(files)} ({', '.join(kinds)})"
        )
    growth = f"{manifest.counts['low_income_growth']:.1%}"
    counts = {key: str(value) for key, value in manifest.counts.items()}
    return _PAGE.format(period=manifest.period, seed=manifest.seed, growth=growth, datasets="\n".join(lines), **counts)
