"""What the API takes and gives about groups, grids and sites."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints, computed_field

from contracts.area_vocabulary import PlaceKind, ServiceStation
from registry.text import line_text
from servicekit.body import Body, examples
from servicekit.page_query import PageQuery

Code = Annotated[str, Field(pattern=r"^[0-9]{12}$")]
Suffix = Annotated[str, StringConstraints(pattern=r"^[0-9]{2,3}$")]
Name = Annotated[str, line_text(64, 1)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
Stations = Annotated[list[ServiceStation], Field(max_length=len(ServiceStation))]
Document = Annotated[str, line_text(200, 2)]


class PlaceIn(Body):
    """A villagers' group, a grid or a resettlement site."""

    kind: PlaceKind
    village_code: Code
    name: Name = Field(description="名称 / as households and terms write it")
    suffix: Suffix | None = Field(default=None, description="村内编码 / local code, the only one of its kind there")
    valid_from: date
    valid_to: date | None = Field(default=None, description="最后一天 / the last day")
    site: Name | None = Field(default=None, description="所属安置点 / of a grid or group: the site that it divides")
    households_declared: Count | None = Field(default=None, description="安置点填报户数 / of a site")
    persons_declared: Count | None = Field(default=None, description="安置点填报人数 / of a site")
    stations: Stations = Field(default=[], description="已建服务站 / of a site: those that it has")


class PlacesIn(Body):
    """Places to register: all of them or none."""

    model_config = examples(
        {
            "source_document": "某镇网格划分方案〔2026〕1号",
            "places": [
                {
                    "kind": "grid", "village_code": "990101101201", "name": "石桥村一网格", "suffix": "01",
                    "valid_from": "2026-01-01",
                }
            ],
        }
    )  # fmt: skip

    source_document: Document
    places: Annotated[list[PlaceIn], Field(min_length=1, max_length=500)]


class PlacePatch(Body):
    """What changes. Kind, village and name stay: households and terms say them; another name is another place."""

    suffix: Suffix | None = None
    valid_to: date | None = None
    site: Name | None = None
    households_declared: Count | None = None
    persons_declared: Count | None = None
    stations: Stations | None = None
    source_document: Document | None = None


class WorkerOut(BaseModel):
    """A grid worker in office."""

    staff_id: str
    name: str | None = Field(description="null without the scope staff:read")


class WarningOut(BaseModel):
    """Something that is to be looked into."""

    code: str = Field(examples=["grid.large"])
    text: str


class PlaceOut(BaseModel):
    """A group, a grid or a site, and who is there today."""

    id: str
    kind: PlaceKind
    area_code: str
    area_path: list[str] = Field(description="县、乡镇、村名称 / names of county, township and village")
    name: str
    suffix: str | None
    valid_from: date
    valid_to: date | None
    site: str | None
    households: int = Field(description="在册户数 / active households that name it today")
    persons: int = Field(description="在册人数 / their members")
    households_declared: int | None
    persons_declared: int | None
    stations: list[ServiceStation]
    grids: int = Field(description="安置点划分的网格数 / of a site: grids that stand in it")
    workers: list[WorkerOut] = Field(description="网格员 / who is in office, as the roster says")
    warnings: list[WarningOut]
    source_document: str
    came_from: str | None = Field(description="what it was in another village, which was merged, split or renumbered")
    version: int
    updated_at: datetime
    updated_by: str

    @computed_field(description="类别 / the kind in Chinese")  # type: ignore[prop-decorator]
    @property
    def kind_label(self) -> str:
        """Give the kind's label."""
        return self.kind.label


class PlaceQuery(PageQuery):
    """Which places a list shows; null means any."""

    kind: PlaceKind | None = None
    area: str | None = Field(default=None, pattern=r"^[0-9]{12}$", description="subtree")
    as_of: date | None = Field(default=None, description="those that were there on this day; today's if absent")


class PlacePage(BaseModel):
    """A page of places."""

    items: list[PlaceOut]
    next_cursor: str | None = None


class PlacesOut(BaseModel):
    """Places that were registered."""

    items: list[PlaceOut]


class UnlistedQuery(PageQuery):
    """Which names are looked for."""

    kind: PlaceKind = PlaceKind.GRID
    area: str | None = Field(default=None, pattern=r"^[0-9]{12}$", description="subtree")


class UnlistedOut(BaseModel):
    """A name that households write and no place has."""

    kind: PlaceKind
    area_code: str
    area_path: list[str]
    name: str
    households: int = Field(description="active households of the village that write it")


class UnlistedPage(BaseModel):
    """A page of such names."""

    items: list[UnlistedOut]
    next_cursor: str | None = None
