"""Use cases of funds."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.parameters import Profile
from servicekit.auth import Principal
from servicekit.paging import encode_cursor, read_cursor
from sharing.catalogue.service import dataset_of
from sharing.funds.rules import standing
from sharing.funds.schemas import FundOut, FundPage, FundQuery, MilestoneOut
from sharing.ledgers.service import ledger_of
from sharing.periods import last_day
from sharing.policy.service import profiles_at

DATASET = "DS-FIN-PROGRESS"


async def page(session: AsyncSession, principal: Principal, wanted: FundQuery) -> FundPage:
    """Give a page of funds, by area.

    Raises:
        WrongDepartment: of another department than the one of finance.
        OutsideArea: the area asked for is not the caller's.
    """
    read = read_cursor(wanted.cursor, str, str)
    ledger = await ledger_of(session, principal, DATASET, wanted.period, wanted.area)
    if ledger.period is None or not ledger.rows:
        return FundPage(period=ledger.period, read_at=ledger.read_at, items=[], total=0, red=0)
    profiles = await profiles_at(session, {row.area_code for row in ledger.rows}, last_day(ledger.period))
    funds = [(row.token, _out(row, ledger.period, profiles[row.area_code])) for row in ledger.rows]
    shown = [
        (token, fund)
        for token, fund in funds
        if wanted.fund_source in (None, fund.fund_source) and wanted.status in (None, fund.status)
    ]
    after = [(token, fund) for token, fund in shown if read is None or (fund.area_code, token) > (read[0], read[1])]
    items = after[: wanted.limit]
    more = encode_cursor([items[-1][1].area_code, items[-1][0]]) if len(after) > wanted.limit else None
    return FundPage(
        period=ledger.period,
        read_at=ledger.read_at,
        items=[fund for _, fund in items],
        total=len(shown),
        red=sum(fund.status == "red" for _, fund in shown),
        next_cursor=more,
    )


def _out(row: Row[Any], period: str, profile: Profile) -> FundOut:
    fund = row.fields
    found = standing(fund, row.before, last_day(period), profile)
    sources = dataset_of(DATASET).by_code["fund_source"].values
    return FundOut(
        **fund,
        fund_source_label=next(each.label for each in sources if each.code == fund["fund_source"]),
        progress=found.progress,
        status=found.status,
        due=MilestoneOut.model_validate(found.due, from_attributes=True) if found.due else None,
        next=MilestoneOut.model_validate(found.next, from_attributes=True) if found.next else None,
        industry_share=found.industry_share,
        industry_required=found.industry_required,
        industry_status=found.industry_status,
        fallen_by=found.fallen_by,
        delivery_id=row.delivery_id,
    )
