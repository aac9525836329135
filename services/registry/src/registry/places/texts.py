"""What is wrong with a group, a grid or a site, and what to look into, as people read it: Chinese first."""

from __future__ import annotations

FAULTS = {
    "village_code.unknown": "没有这个行政村,或已撤销 / no such village, or it is over",
    "name.id_number": "名称中不得有证件号码 / the name holds a citizen's ID number",
    "name.taken": "同期已有同名的,或本批中重复 / one of this name is there in these days, or came before",
    "suffix.taken": "同期已有此编码,或本批中重复 / one of this code is there in these days, or came before",
    "valid_to.range": "停用日期早于启用日期 / ends before it begins",
    "valid_to.village": "该村已撤销 / the village is over",
    "site.unknown": "本县没有登记这个安置点 / the county has no such site",
    "site.of_site": "安置点不填所属安置点 / a site stands in no other one",
    "households_declared.no_site": "只有安置点填报户数 / only a site declares households",
    "persons_declared.no_site": "只有安置点填报人数 / only a site declares persons",
    "stations.no_site": "只有安置点填服务站 / only a site has stations",
}

WARNINGS = {
    "grid.small": "网格不足{least}户 / fewer than {least} households",
    "grid.large": "网格超过{most}户 / more than {most} households",
    "grid.no_worker": "没有网格员 / no grid worker is in office",
    "site.no_station": "{persons}人的安置点缺少:{missing} / a site of {persons} persons lacks stations",
    "site.no_grid": "安置点没有划分网格 / no grid stands in this site",
    "site.counted": "填报{declared}户,在册{counted}户 / {declared} households are declared, {counted} counted",
}
