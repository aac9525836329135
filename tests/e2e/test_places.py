"""Grids, a resettlement site and a tag, by the SDK: registered, named, carried along by a merger."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bangfu.sdk import Bangfu, InvalidInput
from bangfu_local.embedded import ClientSpec, EmbeddedSystem

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

COUNTY, TOWN = "990118000000", "990118101000"
OLD, NEW = "990118101201", "990118101202"
AREAS = f"""code,name,parent_code,valid_from
990000000000,示例省,,2020-01-01
990100000000,示例市,990000000000,2020-01-01
{COUNTY},网格县,990100000000,2020-01-01
{TOWN},网格镇,{COUNTY},2020-01-01
{OLD},旧村,{TOWN},2020-01-01
{NEW},新村,{TOWN},2020-01-01
"""
OFFICE = ClientSpec(
    "grid-office",
    "县网格办",
    ("areas:read", "areas:write", "households:read", "households:write", "staff:read", "staff:write"),
    areas=(COUNTY,),
)


def place(kind: str, name: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "village_code": OLD, "name": name, "valid_from": "2020-01-01", **more}


async def test_grids_sites_and_tags_follow_their_village(running_system: EmbeddedSystem, tmp_path: Path) -> None:
    """F-D05, F-D08, F-F24, F-F31."""
    await running_system.ensure_clients([OFFICE])
    secrets, url = running_system.secrets.clients, running_system.gateway_url
    file = tmp_path / "areas.csv"
    file.write_text(AREAS, encoding="utf-8")
    async with Bangfu(url, "bureau", secrets["bureau"]) as bureau:
        assert (await bureau.areas.import_file(file)).state == "done"
    today = running_system.clock.today()
    async with Bangfu(url, OFFICE.client_id, secrets[OFFICE.client_id]) as office:
        site = place("site", "安居小区", persons_declared=900, households_declared=1)
        made = await office.places.register([place("grid", "一网格", site="安居小区"), site], "网格方案〔2026〕1号")
        member = {"person_no": "99GRD00001", "name": "周网格", "birth_date": "1970-01-01", "sex": "1"}
        home = {
            "hh_no": "99GRD00001", "village_code": OLD, "hh_type": "0", "grid": "一网格", "is_resettled": True,
            "resettlement_site": "安居小区", "members": [member | {"relation": "head", "labour": "1"}],
        }  # fmt: skip
        with pytest.raises(InvalidInput) as refused:
            await office.households.create(home | {"grid": "二网格"})
        assert [error.code for error in refused.value.errors] == ["grid.unknown"]
        household = await office.households.create(home)
        await office.areas.tag(OLD, {"tag": "priority", "first_on": "2026-01-01", "source_document": "文件〔2026〕3号"})

        shown = {each.name: each async for each in office.places.list(area=COUNTY)}
        assert (shown["安居小区"].households, shown["安居小区"].grids) == (1, 1)
        assert [each.code for each in shown["安居小区"].warnings] == ["site.no_station"]
        _, etag = await office.places.read(shown["安居小区"].id)
        mended = await office.places.change(shown["安居小区"].id, {"stations": ["employment", "welfare"]}, etag=etag)
        assert mended.warnings == []
        assert [each async for each in office.places.unlisted(area=COUNTY)] == []

        change = {
            "effective_on": today.isoformat(),
            "source_document": "民政〔2026〕12号",
            "moves": [{"from_code": OLD, "to_code": NEW}],
            "closes": [OLD],
        }
        await office.areas.change(change)
        after = {each.name: each async for each in office.places.list(area=NEW)}
        assert after["一网格"].households == after["安居小区"].households == 1
        assert after["安居小区"].came_from in {each.id for each in made.items}
        assert (await office.households.get(household.id)).area_code == NEW
        yesterday = today - timedelta(days=1)
        then = {each.code: each async for each in office.areas.within(NEW, as_of=yesterday)}
        assert [(link.code, link.on) for link in then[OLD].successors] == [(NEW, today)]
        assert [each.code async for each in office.areas.within(COUNTY, tag="priority")] == [NEW]
        ended = await office.areas.end_tag(NEW, "priority", today)
        assert [(each.tag_label, each.last_on) for each in ended.items] == [("重点帮扶", today)]
        assert (await office.areas.tags(OLD)).items[0].last_on == yesterday
