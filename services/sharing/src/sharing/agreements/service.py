"""Use cases of agreements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.errors import FieldError
from contracts.vocabulary import Department
from servicekit import clock
from servicekit.auth import Principal
from servicekit.etags import require_match
from servicekit.ids import new_id
from servicekit.paging import encode_cursor
from sharing.agreements import rules, store
from sharing.agreements.problems import (
    AgreementInvalid,
    NotADraft,
    NotOffered,
    Revoked,
    SamePerson,
)
from sharing.agreements.problems import NotAParty as NotAParty
from sharing.agreements.problems import UnknownAgreement as UnknownAgreement
from sharing.agreements.schemas import (
    AgreedField,
    AgreementIn,
    AgreementOut,
    AgreementPage,
    AgreementQuery,
    TermsIn,
    TermsOut,
)
from sharing.agreements.tables import Agreement, AgreementTerms
from sharing.agreements.texts import FLAWS, STATES
from sharing.places import service as places
from sharing.products import service as products
from sharing.products.service import Mode, Product

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Grant:
    """What an agreement grants at this moment.

    Attributes:
        fields: Agreed and declared, in the product's order.
        areas: What it covers today.
    """

    agreement: Agreement
    terms: AgreementTerms
    product: Product
    fields: tuple[str, ...]
    areas: tuple[str, ...]
    lapsed: tuple[str, ...]


async def draft(session: AsyncSession, principal: Principal, wanted: AgreementIn) -> AgreementOut:
    """Draft an agreement; nothing is granted by it.

    Raises:
        UnknownProduct, AgreementInvalid
        OutsideArea: the caller does not cover an area of it.
        NotAParty: the caller's department is neither side.
    """
    product = products.product_of(wanted.product)
    _side(principal, product.provider, wanted.receiver)
    if flaws := rules.flaws_of_parties(product, wanted.receiver, wanted.mode):
        raise AgreementInvalid(f"{len(flaws)} point(s) are wrong", errors=flaws)
    now = clock.now()
    agreement = Agreement(
        id=new_id(), product=product.id, provider=product.provider.value, receiver=wanted.receiver.value,
        receiver_client=wanted.receiver_client, mode=wanted.mode.value, created_by=principal.actor, created_at=now,
        changed_at=now, version=1,
    )  # fmt: skip
    terms = await _terms(session, principal, agreement, product, wanted.terms, 1)
    session.add(agreement)
    await session.flush()
    session.add(terms)
    await session.flush()
    log.info("agreement.drafted", agreement=agreement.id, product=product.id)
    return await _shown(session, agreement)


async def propose(
    session: AsyncSession, principal: Principal, agreement_id: str, wanted: TermsIn, if_match: str | None
) -> AgreementOut:
    """Draft new terms; a draft that nobody offered is replaced. What holds goes on holding.

    Raises:
        UnknownAgreement, NotAParty, OutsideArea, AgreementInvalid, Revoked
        PreconditionRequired, PreconditionFailed: the caller has not seen it as it is.
        NotADraft: terms that were offered wait for an answer.
    """
    agreement, versions = await _opened(session, principal, agreement_id, if_match)
    newest = versions[0]
    if newest.state == "offered":
        raise NotADraft("terms are waiting for an approval", number=newest.number)
    product = products.product_of(agreement.product)
    number = newest.number if newest.state == "draft" else newest.number + 1
    terms = await _terms(session, principal, agreement, product, wanted, number)
    await session.merge(terms)
    return await _stepped(session, agreement, "proposed")


async def offer(session: AsyncSession, principal: Principal, agreement_id: str, if_match: str | None) -> AgreementOut:
    """Offer the draft to both sides.

    Raises:
        UnknownAgreement, NotAParty, Revoked, NotADraft, AgreementInvalid
        PreconditionRequired, PreconditionFailed
    """
    agreement, (newest, *_) = await _opened(session, principal, agreement_id, if_match)
    if newest.state != "draft":
        raise NotADraft(f"the newest terms are {newest.state}", number=newest.number)
    _require_sound(agreement, newest)
    newest.state = "offered"
    session.add(newest)
    return await _stepped(session, agreement, "offered")


async def approve(session: AsyncSession, principal: Principal, agreement_id: str, if_match: str | None) -> AgreementOut:
    """Approve what is offered, for the caller's side; with the second approval it is agreed.

    Raises:
        UnknownAgreement, NotAParty, Revoked, AgreementInvalid
        OutsideArea: the caller does not cover all of its areas.
        PreconditionRequired, PreconditionFailed
        NotOffered: nothing is, or the side has approved.
        SamePerson: who approved for the other side.
    """
    agreement, (newest, *_) = await _opened(session, principal, agreement_id, if_match)
    side = _side(principal, agreement.provider, agreement.receiver)
    for code in newest.area_codes:
        principal.require_area(code)
    if newest.state != "offered":
        raise NotOffered(f"the newest terms are {newest.state}", number=newest.number)
    _require_sound(agreement, newest)
    own, other = newest.provider_approved_by, newest.receiver_approved_by
    if side == "receiver":
        own, other = other, own
    if own is not None:
        raise NotOffered("your side has approved", number=newest.number)
    if other == principal.actor:
        raise SamePerson("who approved for one side does not approve for the other")
    now = clock.now()
    if side == "provider":
        newest.provider_approved_by, newest.provider_approved_at = principal.actor, now
    else:
        newest.receiver_approved_by, newest.receiver_approved_at = principal.actor, now
    if other is not None:
        newest.state = "approved"
    session.add(newest)
    return await _stepped(session, agreement, "approved")


async def refuse(
    session: AsyncSession, principal: Principal, agreement_id: str, why: str, if_match: str | None
) -> AgreementOut:
    """Refuse what is offered, for either side; what held before goes on.

    Raises:
        UnknownAgreement, NotAParty, Revoked, NotOffered
        PreconditionRequired, PreconditionFailed
    """
    agreement, (newest, *_) = await _opened(session, principal, agreement_id, if_match)
    if newest.state != "offered":
        raise NotOffered(f"the newest terms are {newest.state}", number=newest.number)
    newest.state, newest.refused_by, newest.refused_why = "refused", principal.actor, why
    session.add(newest)
    return await _stepped(session, agreement, "refused")


async def revoke(session: AsyncSession, principal: Principal, agreement_id: str, why: str) -> AgreementOut:
    """End an agreement now, for either side, whatever its version: the next row is refused, everywhere.

    Revoked is revoked: again changes nothing.

    Raises:
        UnknownAgreement, NotAParty
    """
    agreement = await _seen(session, principal, agreement_id, lock=True)
    _side(principal, agreement.provider, agreement.receiver)
    if agreement.revoked_at is None:
        agreement.revoked_at, agreement.revoked_by, agreement.revoked_why = clock.now(), principal.actor, why
        return await _stepped(session, agreement, "revoked")
    return await _shown(session, agreement)


async def read(session: AsyncSession, principal: Principal, agreement_id: str) -> AgreementOut:
    """Give an agreement.

    Raises:
        UnknownAgreement: none that the caller may see.
    """
    return await _shown(session, await _seen(session, principal, agreement_id))


async def page(
    session: AsyncSession, principal: Principal, wanted: AgreementQuery, before: str | None
) -> AgreementPage:
    """Give a page of agreements that the caller may see.

    Raises:
        OutsideArea: the area is not the caller's.
    """
    within = principal.within(wanted.area)
    found, total = await store.page(session, within, wanted, clock.today(), before, wanted.limit + 1)
    shown = found[: wanted.limit]
    versions = await store.terms_of(session, [each.id for each in shown])
    known = await places.changed(session)
    return AgreementPage(
        items=[_out(each, versions[each.id], known) for each in shown],
        total=total,
        next_cursor=encode_cursor([shown[-1].id]) if len(found) > wanted.limit else None,
    )


async def granted(session: AsyncSession, agreement_id: str) -> Grant | None:
    """Give what an agreement grants now; None if it grants nothing: revoked, ended, not begun, or no product.

    It is not locked: whoever revokes does not wait for those who draw. They ask again before anything leaves.
    """
    agreement = await store.fresh(session, agreement_id)
    if agreement is None or agreement.revoked_at is not None:
        return None
    versions = (await store.terms_of(session, [agreement_id]))[agreement_id]
    today = clock.today()
    held = rules.in_force([_plain(each) for each in versions], today)
    product = products.known(agreement.product)
    if held is None or held.ends_on < today or product is None or Mode(agreement.mode) not in product.modes:
        return None
    if Department(agreement.receiver) not in product.receivers:
        return None
    terms = next(each for each in versions if each.number == held.number)
    reach = places.reach_of(terms.area_codes, await places.changed(session))
    fields = tuple(each.name for each in product.declared(tuple(terms.fields)))
    return Grant(agreement, terms, product, fields, reach.areas, reach.lapsed)


async def require_party(session: AsyncSession, principal: Principal, agreement_id: str) -> tuple[Agreement, rules.Side]:
    """Give an agreement that the caller is a side of, and which.

    Raises:
        UnknownAgreement, NotAParty
    """
    agreement = await _seen(session, principal, agreement_id)
    return agreement, _side(principal, agreement.provider, agreement.receiver)


async def _terms(
    session: AsyncSession, principal: Principal, agreement: Agreement, product: Product, wanted: TermsIn, number: int
) -> AgreementTerms:
    """Make terms of what is wanted.

    Raises:
        OutsideArea, AgreementInvalid
    """
    for code in wanted.area_codes:
        principal.require_area(code)
    today = clock.today()
    mode = Mode(agreement.mode)
    flaws = rules.flaws_of_terms(product, mode, wanted.fields, wanted.valid_from, wanted.ends_on, today)
    ended = set(await places.ended(session, wanted.area_codes, today))
    flaws += [
        FieldError.told(FLAWS, "area.ended", f"/terms/area_codes/{place}")
        for place, code in enumerate(wanted.area_codes)
        if code in ended
    ]
    if flaws:
        raise AgreementInvalid(f"{len(flaws)} point(s) are wrong", errors=flaws)
    return AgreementTerms(
        agreement_id=agreement.id, number=number, fields=list(dict.fromkeys(wanted.fields)),
        area_codes=list(dict.fromkeys(wanted.area_codes)), legal_basis=wanted.legal_basis, purpose=wanted.purpose,
        valid_from=wanted.valid_from, ends_on=wanted.ends_on, rows_per_day=wanted.rows_per_day, state="draft",
        proposed_by=principal.actor, proposed_at=clock.now(),
    )  # fmt: skip


def _require_sound(agreement: Agreement, terms: AgreementTerms) -> None:
    """Look at terms again that were sound once: what is declared, and the day, may be others now.

    Raises:
        UnknownProduct, AgreementInvalid
    """
    flaws = rules.flaws_of_terms(
        products.product_of(agreement.product), Mode(agreement.mode), terms.fields, terms.valid_from, terms.ends_on,
        clock.today(),
    )  # fmt: skip
    if flaws:
        raise AgreementInvalid(f"{len(flaws)} point(s) are wrong by now", errors=flaws)


async def _seen(session: AsyncSession, principal: Principal, agreement_id: str, *, lock: bool = False) -> Agreement:
    agreement = await store.get(session, agreement_id, lock=lock)
    if agreement is None or not (principal.sees(agreement.provider) or principal.sees(agreement.receiver)):
        raise UnknownAgreement("no such agreement of your department")
    # Of any version: a draft for elsewhere takes nobody's agreement away.
    versions = (await store.terms_of(session, [agreement_id]))[agreement_id]
    if not any(principal.covers(code) for each in versions for code in each.area_codes):
        raise UnknownAgreement("no such agreement within your areas")
    return agreement


async def _opened(
    session: AsyncSession, principal: Principal, agreement_id: str, if_match: str | None
) -> tuple[Agreement, list[AgreementTerms]]:
    agreement = await _seen(session, principal, agreement_id, lock=True)
    _side(principal, agreement.provider, agreement.receiver)
    require_match(if_match, agreement.version)
    if agreement.revoked_at is not None:
        raise Revoked("the agreement was revoked")
    return agreement, (await store.terms_of(session, [agreement_id]))[agreement_id]


def _side(principal: Principal, provider: Department | str, receiver: Department | str) -> rules.Side:
    side = rules.side_of(provider, receiver, principal.department)
    if side is None:
        raise NotAParty("your department is neither side")
    return side


async def _stepped(session: AsyncSession, agreement: Agreement, what: str) -> AgreementOut:
    agreement.changed_at, agreement.version = clock.now(), agreement.version + 1
    session.add(agreement)
    await session.flush()
    log.info("agreement.stepped", agreement=agreement.id, step=what)
    return await _shown(session, agreement)


async def _shown(session: AsyncSession, agreement: Agreement) -> AgreementOut:
    versions = (await store.terms_of(session, [agreement.id]))[agreement.id]
    return _out(agreement, versions, await places.changed(session))


def _plain(terms: AgreementTerms) -> rules.Terms:
    return rules.Terms(terms.number, terms.state, terms.valid_from, terms.ends_on)  # type: ignore[arg-type]  # checked by the table


def _out(agreement: Agreement, versions: list[AgreementTerms], known: Mapping[str, places.KnownArea]) -> AgreementOut:
    today, product = clock.today(), products.known(agreement.product)
    plain = [_plain(each) for each in versions]
    state = rules.state_of(plain, today, is_revoked=agreement.revoked_at is not None)
    held = rules.in_force(plain, today) if state in ("active", "ended") else None
    shown = next((each for each in versions if held and each.number == held.number), versions[0])
    reach = places.reach_of(shown.area_codes, known)
    return AgreementOut.model_validate(
        agreement.model_dump()
        | {
            "product_label": product.zh if product else None,
            "state": state,
            "state_label": STATES[state],
            "holding": held.number if held else None,
            "areas": list(reach.areas),
            "lapsed_areas": list(reach.lapsed),
            "terms": [_terms_out(each, product) for each in versions],
        }
    )


def _terms_out(terms: AgreementTerms, product: Product | None) -> TermsOut:
    fields = []
    for name in terms.fields:
        declared = product.field(name) if product else None
        fields.append(
            AgreedField(
                name=name,
                label=declared.zh if declared else None,
                field_class=declared.field_class if declared else None,
            )
        )
    return TermsOut.model_validate(terms.model_dump(exclude={"agreement_id"}) | {"fields": fields})
