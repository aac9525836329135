"""The client of one gateway."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import httpx

from bangfu.sdk.access import Audit, Portal
from bangfu.sdk.agreements import Agreements, Provision
from bangfu.sdk.alerts import Alerts, Clues, Duties, PolicyGaps, Subscriptions
from bangfu.sdk.area_checks import AreaChecks
from bangfu.sdk.campaigns import Campaigns
from bangfu.sdk.change_requests import ChangeRequests
from bangfu.sdk.collective_incomes import CollectiveIncomes
from bangfu.sdk.consultations import Consultations
from bangfu.sdk.corrections import Corrections
from bangfu.sdk.disasters import Disasters
from bangfu.sdk.episodes import Episodes
from bangfu.sdk.figures import Funds, Indicators, Projects
from bangfu.sdk.graduates import Graduates
from bangfu.sdk.guarantees import Renovations, Shortfalls
from bangfu.sdk.http import TIMEOUT, Connection, Resource
from bangfu.sdk.income_plans import IncomePlans
from bangfu.sdk.insurance import Insurance
from bangfu.sdk.models import Client, ClientProposal
from bangfu.sdk.notices import Notices
from bangfu.sdk.offline import Offline
from bangfu.sdk.people import ActingAs, Me, SignedIn
from bangfu.sdk.petitions import Petitions
from bangfu.sdk.places import Places
from bangfu.sdk.policy import Policy
from bangfu.sdk.quality import Quality
from bangfu.sdk.reconciliation import Reconciliations
from bangfu.sdk.registry import Areas, Households
from bangfu.sdk.retries import Retries
from bangfu.sdk.roster import Pairings, Roster, Units
from bangfu.sdk.rules import Rules
from bangfu.sdk.sharing import Comparison, Datasets, Deliveries, Worklist
from bangfu.sdk.sheets import Inspections, Sheets
from bangfu.sdk.supervision import FeedbackRounds, RectificationReports, Rectifications, Schedulings, Supervisions
from bangfu.sdk.targets import SeriesValues, Targets
from bangfu.sdk.timeline import Timeline
from bangfu.sdk.unmaskings import Unmaskings

_PROPOSED = 202


class Clients(Resource):
    """`/v1/clients` and `/v1/client-proposals`: who may call, for the managers of clients.

    What needs a second manager (a department, a strict scope, somebody else's credentials) is answered with a
    `ClientProposal`; the other manager approves it, and gets the secret.
    """

    async def create(
        self,
        client_id: str,
        *,
        name: str,
        scopes: Sequence[str],
        department: str | None = None,
        areas: Sequence[str] = (),
    ) -> Client | ClientProposal:
        """Register a client; the answer shows its secret once. Not repeated by itself with another answer: 409."""
        body = {
            "client_id": client_id,
            "name": name,
            "department": department,
            "areas": list(areas),
            "scopes": list(scopes),
        }
        return (await self._made("POST", "/v1/clients", body))[0]

    async def get(self, client_id: str) -> tuple[Client, str]:
        """Give a client with the ETag that a change must name."""
        return await self._http.versioned("GET", f"/v1/clients/{client_id}", Client)

    def list(self, *, department: str | None = None, status: str | None = None) -> AsyncIterator[Client]:
        """Yield the clients of the manager's areas."""
        return self._http.items("/v1/clients", Client, department=department, status=status)

    async def change(
        self, client_id: str, changes: Mapping[str, Any], etag: str
    ) -> tuple[Client | ClientProposal, str]:
        """Change what is given; give the client with its new ETag, or what waits for a second manager.

        Args:
            changes: `name`, `scopes`, `areas`, `status` (active, disabled) or `jwks`.
        """
        return await self._made("PATCH", f"/v1/clients/{client_id}", dict(changes), etag)

    async def remove(self, client_id: str, etag: str) -> None:
        """Remove a client for good."""
        await self._http.request("DELETE", f"/v1/clients/{client_id}", headers={"If-Match": etag})

    async def rotate_secret(self, client_id: str, *, overlap_s: int = 0) -> Client | ClientProposal:
        """Exchange a client's secret; the old one stays good for `overlap_s` seconds."""
        return (await self._made("POST", f"/v1/clients/{client_id}/rotate-secret", {"overlap_s": overlap_s}))[0]

    def proposals(self, *, state: str = "open") -> AsyncIterator[ClientProposal]:
        """Yield what waits for a second manager, or what came of it: open, approved, rejected."""
        return self._http.items("/v1/client-proposals", ClientProposal, state=state)

    async def approve(self, proposal_id: str) -> Client:
        """Do what another manager proposed; the answer shows a new secret once."""
        return await self._http.post(f"/v1/client-proposals/{proposal_id}/approve", None, Client)

    async def reject(self, proposal_id: str, reason: str) -> ClientProposal:
        """Close a proposal without doing it; who proposed takes it back so."""
        return await self._http.post(f"/v1/client-proposals/{proposal_id}/reject", {"reason": reason}, ClientProposal)

    async def _made(
        self, method: str, path: str, body: Any, etag: str | None = None
    ) -> tuple[Client | ClientProposal, str]:
        response = await self._http.request(method, path, json=body, headers={"If-Match": etag} if etag else None)
        model = ClientProposal if response.status_code == _PROPOSED else Client
        return model.model_validate_json(response.content), response.headers.get("etag", "")


class Bangfu:
    """Everything a gateway offers, as typed calls.

    ```python
    async with Bangfu("http://127.0.0.1:8080", "edu", secret) as bangfu:
        pushed = await bangfu.deliveries.push("DS-EDU-ROLL", [Path("roll.csv")], period="2026-10")
        print(pushed.receipt.receipt_no)
    ```

    Args:
        base_url: Address of the gateway.
        client_id: The registered client.
        client_secret: Its secret.
        scope: Ask for fewer scopes than the client has.
        retries: How often and how long to repeat what failed.
        transport: Another httpx transport, for tests.
    """

    def __init__(
        self,
        base_url: str,
        client_id: str,
        client_secret: str,
        *,
        scope: str | None = None,
        retries: Retries | None = None,
        timeout: httpx.Timeout = TIMEOUT,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.connection = Connection(
            base_url,
            client_id,
            client_secret,
            scope=scope,
            retries=retries,
            timeout=timeout,
            transport=transport,
        )
        self.areas = Areas(self.connection)
        self.households = Households(self.connection)
        self.timeline = Timeline(self.connection)
        self.unmaskings = Unmaskings(self.connection)
        self.change_requests = ChangeRequests(self.connection)
        self.policy = Policy(self.connection)
        self.units = Units(self.connection)
        self.roster = Roster(self.connection)
        self.pairings = Pairings(self.connection)
        self.campaigns = Campaigns(self.connection)
        self.collective_incomes = CollectiveIncomes(self.connection)
        self.graduates = Graduates(self.connection)
        self.income_plans = IncomePlans(self.connection)
        self.episodes = Episodes(self.connection)
        self.datasets = Datasets(self.connection)
        self.deliveries = Deliveries(self.connection)
        self.comparison = Comparison(self.connection)
        self.clues = Clues(self.connection)
        self.duties = Duties(self.connection)
        self.policy_gaps = PolicyGaps(self.connection)
        self.consultations = Consultations(self.connection)
        self.rectifications = Rectifications(self.connection)
        self.rectification_reports = RectificationReports(self.connection)
        self.schedulings = Schedulings(self.connection)
        self.feedback_rounds = FeedbackRounds(self.connection)
        self.supervisions = Supervisions(self.connection)
        self.indicators = Indicators(self.connection)
        self.funds = Funds(self.connection)
        self.projects = Projects(self.connection)
        self.petitions = Petitions(self.connection)
        self.sheets = Sheets(self.connection)
        self.inspections = Inspections(self.connection)
        self.series_values = SeriesValues(self.connection)
        self.targets = Targets(self.connection)
        self.alerts = Alerts(self.connection)
        self.subscriptions = Subscriptions(self.connection)
        self.worklist = Worklist(self.connection)
        self.corrections = Corrections(self.connection)
        self.insurance = Insurance(self.connection)
        self.rules = Rules(self.connection)
        self.agreements = Agreements(self.connection)
        self.provision = Provision(self.connection)
        self.disasters = Disasters(self.connection)
        self.notices = Notices(self.connection)
        self.places = Places(self.connection)
        self.quality = Quality(self.connection)
        self.area_checks = AreaChecks(self.connection)
        self.shortfalls = Shortfalls(self.connection)
        self.renovations = Renovations(self.connection)
        self.reconciliations = Reconciliations(self.connection)
        self.offline = Offline(self.connection)
        self.clients = Clients(self.connection)
        self.audit = Audit(self.connection)
        self.portal = Portal(self.connection)

    async def log_in(self) -> None:
        """Fetch a token now, to find out whether the credentials are good; calls do it by themselves.

        Raises:
            Unauthorised: if they are not.
        """
        await self.connection.credentials.token()

    def act_for(self, person: SignedIn) -> Self:
        """Make all calls that follow for somebody who is signed in; records then name the person."""
        self.connection.credentials.act_for(person.access_token, appointment_id=person.appointment_id)
        return self

    async def acting_as(self) -> ActingAs:
        """Tell for whom calls are made, under which term, as the gateway's token says.

        Raises:
            BadRequest: the person is refused; `gateway.sign_in.several_terms` lists `terms` in `extensions`.
        """
        return ActingAs.of(await self.connection.credentials.token())

    async def me(self) -> Me:
        """Tell who calls, by the roster: name, unit, terms that run today, and the day's looks that are left."""
        return await self.connection.get("/v1/me", Me)

    async def close(self) -> None:
        """Close the connections."""
        await self.connection.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
