"""HTTP edge of the dataset catalogue."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response

from contracts.vocabulary import FieldClass
from servicekit.auth import Principal, requires
from servicekit.problems import responses
from sharing.datasets.catalogue import dataset_of, load_catalogue
from sharing.datasets.problems import UnknownDataset
from sharing.datasets.schemas import DatasetList, DatasetOut, dataset_out
from sharing.datasets.template import csv_template, xlsx_template

router = APIRouter(prefix="/v1/datasets", tags=["datasets"])

Reader = Annotated[
    Principal,
    Depends(
        requires("datasets:read", purpose="查阅数据集目录 / reading the dataset catalogue", classes=(FieldClass.S1,))
    ),
]
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("", response_model=DatasetList)
async def list_datasets(_: Reader) -> DatasetList:
    """List the datasets that departments deliver."""
    return DatasetList(items=[dataset_out(dataset, with_fields=False) for dataset in load_catalogue().values()])


@router.get("/{code}", response_model=DatasetOut, responses=responses(UnknownDataset))
async def get_dataset(code: str, _: Reader) -> DatasetOut:
    """Give a dataset's declaration: columns, types, code lists, sensitivity, key, checks."""
    return dataset_out(dataset_of(code), with_fields=True)


@router.get("/{code}/template", response_class=Response, responses=responses(UnknownDataset))
async def get_template(
    code: str, _: Reader, file_format: Annotated[Literal["csv", "xlsx"], Query(alias="format")] = "xlsx"
) -> Response:
    """Download a template to fill in: CSV, or XLSX with drop-down lists."""
    dataset = dataset_of(code)
    content = csv_template(dataset) if file_format == "csv" else await asyncio.to_thread(xlsx_template, dataset)
    return Response(
        content,
        media_type="text/csv; charset=utf-8" if file_format == "csv" else _XLSX,
        headers={"Content-Disposition": f'attachment; filename="{code}-template.{file_format}"'},
    )
