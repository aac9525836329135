"""What the API process shares between uploads: lake, keys, threads."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from intake.parser import Limits
from servicekit.tokens import Tokeniser, tokenisers
from sharing.deliveries.intake.part import Tools, new_executor
from sharing.deliveries.problems import TokenKeyMissing
from sharing.lake.service import Lake, lake_of
from sharing.settings import SharingSettings

Compare = Callable[[AsyncSession, Sequence[str], str], Awaitable[None]]


@dataclass(frozen=True)
class Intake:
    """Tools and limits of the intake.

    Attributes:
        tools: With the current token key.
        token_key_id: Its id; new deliveries are tokenised with it.
        compare: What compares the households of persons (ID tokens) for a period, asked for in the transaction that
            stores a record about them.
    """

    tools: Tools
    token_key_id: str
    tokenisers: Mapping[str, Tokeniser]
    reject_key_id: str
    scratch: Path
    part_max_bytes: int
    compare: Compare

    @property
    def lake(self) -> Lake:
        """The lake."""
        return self.tools.lake

    @classmethod
    def of(cls, settings: SharingSettings, compare: Compare) -> Intake:
        """Build the tools from settings.

        Raises:
            ValueError: if a key is not base64 of 32 bytes.
        """
        token, reject = settings.keyring("token_key"), settings.keyring("reject_key")
        of_tokens = tokenisers(token)
        return cls(
            tools=Tools(
                lake=lake_of(settings),
                tokeniser=of_tokens[token.current_id],
                cipher=reject.cipher(),
                executor=new_executor(),
                limits=Limits(
                    inflated_bytes=settings.part_max_inflated_bytes,
                    ratio=settings.part_max_ratio,
                    workbook_bytes=settings.workbook_max_bytes,
                    workbook_inflated_bytes=settings.workbook_max_inflated_bytes,
                    memory_bytes=settings.workbook_memory_bytes,
                ),
            ),
            token_key_id=token.current_id,
            tokenisers=of_tokens,
            reject_key_id=reject.current_id,
            scratch=settings.data_dir.absolute() / "scratch",
            part_max_bytes=settings.part_max_bytes,
            compare=compare,
        )

    def tools_of(self, token_key_id: str) -> Tools:
        """Give the tools that tokenise with a delivery's own key: all of its parts have the same one.

        Raises:
            TokenKeyMissing: this process was not given the key.
        """
        if token_key_id not in self.tokenisers:
            raise TokenKeyMissing(f"this process has no token key {token_key_id}", headers={"Retry-After": "5"})
        return replace(self.tools, tokeniser=self.tokenisers[token_key_id])

    def close(self) -> None:
        """Stop the threads."""
        self.tools.executor.shutdown(wait=True, cancel_futures=True)


def _intake(request: Request) -> Intake:
    intake: Intake = request.app.state.intake
    return intake


IntakeDep = Annotated[Intake, Depends(_intake)]
