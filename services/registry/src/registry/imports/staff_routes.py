"""HTTP beside files of the roster: the table to fill in."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response

from contracts.vocabulary import FieldClass
from registry.imports.template import staff_template
from servicekit.auth import Principal, requires

router = APIRouter(tags=["roster"])


@router.get("/v1/staff/import/template", response_class=Response)
async def get_staff_template(
    _: Annotated[
        Principal,
        requires("staff:write", purpose="下载人员导入模板 / template of the roster's import", classes=(FieldClass.S1,)),
    ],
) -> Response:
    """Give a CSV file with the columns of a file of the roster, to be filled in."""
    return Response(
        staff_template(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="staff-template.csv"'},
    )
