"""HTTP edge of the catalogue: datasets with their templates."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from contracts.vocabulary import FieldClass
from servicekit.auth import Principal, requires
from servicekit.problems import responses
from sharing.catalogue.problems import UnknownDataset
from sharing.catalogue.schemas import DatasetList, DatasetOut, dataset_out
from sharing.catalogue.service import dataset_of, load_datasets
from sharing.catalogue.template import csv_template, xlsx_template

router = APIRouter(prefix="/v1/datasets", tags=["datasets"])

_Reader = Annotated[
    Principal,
    requires("datasets:read", purpose="查阅数据集目录 / reading the dataset catalogue", classes=(FieldClass.S1,)),
]
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("", response_model=DatasetList)
async def list_datasets(_: _Reader) -> DatasetList:
    """List the datasets that departments deliver."""
    return DatasetList(items=[dataset_out(dataset, with_fields=False) for dataset in load_datasets().values()])


@router.get("/{code}", response_model=DatasetOut, responses=responses(UnknownDataset))
async def get_dataset(code: str, _: _Reader) -> DatasetOut:
    """Give a dataset's declaration: columns, types, code lists, sensitivity, key, checks."""
    return dataset_out(dataset_of(code), with_fields=True)


@router.get("/{code}/template", response_class=Response, responses=responses(UnknownDataset))
async def get_template(
    code: str, _: _Reader, file_format: Annotated[Literal["csv", "xlsx"], Query(alias="format")] = "xlsx"
) -> Response:
    """Download a template to fill in: CSV, or XLSX with drop-down lists."""
    dataset = dataset_of(code)
    content = csv_template(dataset) if file_format == "csv" else await asyncio.to_thread(xlsx_template, dataset)
    return Response(
        content,
        media_type="text/csv; charset=utf-8" if file_format == "csv" else _XLSX,
        headers={"Content-Disposition": f'attachment; filename="{code}-template.{file_format}"'},
    )
