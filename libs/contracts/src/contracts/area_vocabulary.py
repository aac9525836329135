"""Code lists of areas and of what stands below a village, with their Chinese terms [A codes]."""

from __future__ import annotations

from contracts.vocabulary import Labelled


class PlaceKind(Labelled):
    """What stands below a village, or beside it: no national code goes that far (村以下单元)."""

    GROUP = "group", "村民小组（自然村）", "villagers' group, natural village"
    GRID = "grid", "网格", "grid"
    SITE = "site", "易地搬迁安置点", "resettlement site"


class ServiceStation(Labelled):
    """What a resettlement site of a certain size has to have (安置点服务站)."""

    EMPLOYMENT = "employment", "就业创业服务站", "station for jobs and small businesses"
    WELFARE = "welfare", "公益事业服务站", "station for public welfare"


class AreaTag(Labelled):
    """What a county or a village was designated as by a document (区划标签)."""

    PRIORITY = "priority", "重点帮扶", "priority of assistance"
    DEMONSTRATION = "demonstration", "示范", "demonstration"
    PIONEER = "pioneer", "先行示范", "goes ahead and demonstrates"
    ADVANCING = "advancing", "整体推进", "advances as a whole"
    FORMER_POOR = "former_poor", "脱贫（出列）", "left poverty"
    WEAK_ECONOMY = "weak_economy", "集体经济薄弱", "weak collective economy"
    BORDER = "border", "边境", "at the border"
