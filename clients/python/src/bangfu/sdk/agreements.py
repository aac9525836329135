"""Agreements, what they grant, and who received what about whom."""

from __future__ import annotations

import builtins
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from bangfu.sdk.http import Resource
from bangfu.sdk.models import Answer


class Product(Answer):
    """Something that an agreement may grant."""

    id: str
    zh: str
    en: str
    provider: str
    receivers: list[str]
    modes: list[str]
    subject: str
    fields: list[dict[str, Any]] = []


class _Products(Answer):
    items: list[Product]


class Agreement(Answer):
    """Who provides which product to whom, with all versions of the terms, the newest first."""

    id: str
    product: str
    provider: str
    receiver: str
    receiver_client: str | None = None
    mode: str
    state: str
    holding: int | None = None
    areas: list[str] = []
    lapsed_areas: list[str] = []
    terms: list[dict[str, Any]] = []
    revoked_at: datetime | None = None
    revoked_why: str | None = None
    version: int


class Checked(Answer):
    """Yes or no; no also of who is not on the register."""

    answer: bool


class ProvidedRow(Answer):
    """A row: ids of the register, and the fields that were asked for and are agreed."""

    household_id: str
    person_id: str | None = None
    values: dict[str, Any] = {}
    is_gone: bool = False


class Provided(Answer):
    """A page of rows or changes, with its receipt."""

    items: list[ProvidedRow]
    next_cursor: str | None = None
    is_more: bool = False
    receipt_id: str
    as_of: date
    fields: list[str]
    withheld: list[str] = []
    lapsed_areas: list[str] = []
    watermark: str


class Receipt(Answer):
    """What left at once; as an entry of the purpose ledger, about one person."""

    id: str
    agreement_id: str
    terms: int
    product: str
    mode: str
    provider: str
    receiver: str
    client_id: str
    actor: str
    purpose: str
    legal_basis: str
    fields: list[dict[str, Any]] = []
    as_of: date
    rows: int
    sha256: str | None = None
    at: datetime
    recall: dict[str, Any] | None = None
    household_id: str | None = None


@dataclass(frozen=True)
class ProvidedFile:
    """A sealed file: its bytes, the id of its receipt, and the digest that the receipt names (`Repr-Digest`)."""

    content: bytes
    receipt_id: str
    digest: str


class Agreements(Resource):
    """`/v1/agreements`: who may get what about whom, for which purpose, until when."""

    async def products(self) -> builtins.list[Product]:
        """Give what agreements may grant."""
        return (await self._http.get("/v1/products", _Products)).items

    def list(self, **filters: Any) -> AsyncIterator[Agreement]:
        """Yield agreements of one's department, the newest first; `state`, `product`, `area` and others narrow."""
        return self._http.items("/v1/agreements", Agreement, **filters)

    async def get(self, agreement_id: str) -> tuple[Agreement, str]:
        """Read an agreement with its ETag."""
        return await self._http.versioned("GET", f"/v1/agreements/{agreement_id}", Agreement)

    async def draft(self, wanted: Mapping[str, Any], *, key: str | None = None) -> Agreement:
        """Draft an agreement; it grants nothing until both sides have approved it."""
        return await self._http.post("/v1/agreements", dict(wanted), Agreement, key=key)

    async def propose(self, agreement_id: str, terms: Mapping[str, Any], *, etag: str) -> tuple[Agreement, str]:
        """Draft new terms; what holds goes on until both sides have approved them."""
        place = f"/v1/agreements/{agreement_id}/terms"
        return await self._http.versioned("POST", place, Agreement, {"terms": dict(terms)}, etag=etag)

    async def offer(self, agreement_id: str, *, etag: str) -> tuple[Agreement, str]:
        """Offer the draft to both sides."""
        return await self._http.versioned("POST", f"/v1/agreements/{agreement_id}/offer", Agreement, etag=etag)

    async def approve(self, agreement_id: str, *, etag: str) -> tuple[Agreement, str]:
        """Approve what is offered, for one's own side."""
        return await self._http.versioned("POST", f"/v1/agreements/{agreement_id}/approve", Agreement, etag=etag)

    async def refuse(self, agreement_id: str, why: str, *, etag: str) -> tuple[Agreement, str]:
        """Refuse what is offered; what held before goes on."""
        place = f"/v1/agreements/{agreement_id}/refuse"
        return await self._http.versioned("POST", place, Agreement, {"why": why}, etag=etag)

    async def revoke(self, agreement_id: str, why: str) -> Agreement:
        """End it now."""
        return await self._http.post(f"/v1/agreements/{agreement_id}/revoke", {"why": why}, Agreement)


class Provision(Resource):
    """`/v1/provision`: what an agreement grants, each answer with a receipt."""

    async def check(self, agreement_id: str, id_no: str, name: str) -> bool:
        """Ask yes or no about one person."""
        body = {"id_no": id_no, "name": name}
        return (await self._http.post(f"/v1/provision/{agreement_id}/check", body, Checked)).answer

    async def rows(
        self, agreement_id: str, *, fields: Sequence[str] | None = None, cursor: str | None = None, **more: Any
    ) -> Provided:
        """Read a page of rows with the fields that are asked for and agreed."""
        wanted = None if fields is None else ",".join(fields)
        return await self._http.get(
            f"/v1/provision/{agreement_id}/rows", Provided, fields=wanted, cursor=cursor, **more
        )

    async def changes(self, agreement_id: str, *, cursor: str | None = None, limit: int | None = None) -> Provided:
        """Read what changed since the cursor of the last answer; without one, all there is."""
        return await self._http.get(f"/v1/provision/{agreement_id}/changes", Provided, cursor=cursor, limit=limit)

    async def file(
        self,
        agreement_id: str,
        *,
        form: str = "xlsx",
        fields: Sequence[str] | None = None,
    ) -> ProvidedFile:
        """Download the list as it is now."""
        body = {"format": form, "fields": None if fields is None else list(fields)}
        answer = await self._http.request("POST", f"/v1/provision/{agreement_id}/file", json=body)
        return ProvidedFile(answer.content, answer.headers["bangfu-receipt"], answer.headers["repr-digest"])

    def receipts(self, **filters: Any) -> AsyncIterator[Receipt]:
        """Yield what one's department provided or received, the newest first; `recall="open"` waits for a word."""
        return self._http.items("/v1/provision/receipts", Receipt, **filters)

    async def recall(self, receipt_id: str, why: str, person_ids: Sequence[str] | None = None) -> Receipt:
        """Call back what left, or what it says of some persons."""
        body = {"why": why, "person_ids": None if person_ids is None else list(person_ids)}
        return await self._http.post(f"/v1/provision/receipts/{receipt_id}/recall", body, Receipt)

    async def acknowledge(self, receipt_id: str, note: str) -> Receipt:
        """Confirm that what was called back is deleted or replaced."""
        return await self._http.post(f"/v1/provision/receipts/{receipt_id}/acknowledge", {"note": note}, Receipt)

    def ledger(self, person_id: str) -> AsyncIterator[Receipt]:
        """Yield who received what about a person, the newest first."""
        return self._http.items("/v1/purpose-ledger", Receipt, person_id=person_id)
