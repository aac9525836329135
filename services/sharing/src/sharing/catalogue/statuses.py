"""The statuses that datasets set, checked against the facts and parameters that they name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.parameters import Parameter
from contracts.sentences import PLACE
from servicekit.expressions import Checked, Checker, ValueType
from sharing.catalogue.declaration import Dataset
from sharing.catalogue.model import Claim, Fact, StatusDeclaration


class StatusError(ValueError):
    """A dataset's status contradicts the declarations of facts and parameters."""


@dataclass(frozen=True)
class CompiledClaim:
    """A claim whose condition passed the checker; `facts` are those that its words show."""

    is_safe: bool
    claim: Claim
    condition: Checked
    facts: tuple[str, ...]


@dataclass(frozen=True)
class CompiledStatus:
    """A dataset's status as a comparison evaluates it: the first claim that holds counts.

    Attributes:
        as_of: The day that a claim is about, as an expression over facts (`f`) and parameters (`p`).
    """

    dataset: Dataset
    declared: StatusDeclaration
    as_of: str
    claims: tuple[CompiledClaim, ...]

    @property
    def parameters(self) -> set[str]:
        """Parameters that the conditions name."""
        return {name for claim in self.claims for name in claim.condition.parameters}


def compile_status(
    dataset: Dataset, declared: StatusDeclaration, facts: Mapping[str, Fact], parameters: Mapping[str, Parameter]
) -> CompiledStatus:
    """Check a dataset's status.

    Raises:
        StatusError: naming the dataset and what is wrong in its status.
    """
    of_households = {name: fact for name, fact in facts.items() if "household" in fact.scopes}
    if declared.as_of is not None and (
        declared.as_of not in of_households or of_households[declared.as_of].type is not ValueType.DATE
    ):
        raise StatusError(f"{dataset.code}: {declared.as_of} is not a date known of a household")
    checker = Checker("household", facts, parameters)
    claims = []
    for is_safe, claim in ((False, declared.unsafe), (True, declared.safe)):
        if claim is None:
            continue
        try:
            condition = checker.condition(claim.when)
        except ValueError as error:
            raise StatusError(f"{dataset.code}: {error}") from error
        places = dict.fromkeys(PLACE.findall(claim.detail.zh) + PLACE.findall(claim.detail.en))
        if unknown := places.keys() - of_households.keys():
            raise StatusError(f"{dataset.code}: {sorted(unknown)} are not facts of a household")
        claims.append(CompiledClaim(is_safe, claim, condition, tuple(places)))
    day = f"f.{declared.as_of}" if declared.as_of else f'p."day.{dataset.code}"'
    return CompiledStatus(dataset, declared, day, tuple(claims))
