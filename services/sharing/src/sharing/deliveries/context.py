"""What the API process shares between uploads: lake, keys, threads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request

from servicekit.crypto import FieldCipher
from servicekit.settings import key_bytes
from sharing.deliveries.intake.part import Limits, Tools, new_executor
from sharing.deliveries.intake.tokens import ColumnTokeniser
from sharing.lake.store import Lake
from sharing.settings import SharingSettings


def lake_of(settings: SharingSettings) -> Lake:
    """Give the lake that the settings name."""
    return Lake(settings.lake, scratch=settings.data_dir.absolute() / "scratch")


@dataclass(frozen=True)
class Intake:
    """Tools and limits of the intake."""

    tools: Tools
    scratch: Path
    part_max_bytes: int
    part_max_inflated_bytes: int
    part_max_ratio: int

    @property
    def lake(self) -> Lake:
        """The lake."""
        return self.tools.lake

    @classmethod
    def of(cls, settings: SharingSettings) -> Intake:
        """Build the tools from settings.

        Raises:
            ValueError: if a key is not base64 of 32 bytes.
        """
        return cls(
            tools=Tools(
                lake=lake_of(settings),
                tokeniser=ColumnTokeniser(key_bytes(settings.token_key)),
                cipher=FieldCipher(key_bytes(settings.reject_key), key_id="r1"),
                executor=new_executor(),
                limits=Limits(
                    workbook_bytes=settings.workbook_max_bytes,
                    workbook_inflated_bytes=settings.workbook_max_inflated_bytes,
                    workbook_memory_bytes=settings.workbook_memory_bytes,
                ),
            ),
            scratch=settings.data_dir.absolute() / "scratch",
            part_max_bytes=settings.part_max_bytes,
            part_max_inflated_bytes=settings.part_max_inflated_bytes,
            part_max_ratio=settings.part_max_ratio,
        )

    def close(self) -> None:
        """Stop the threads."""
        self.tools.executor.shutdown(wait=True, cancel_futures=True)


def _intake(request: Request) -> Intake:
    intake: Intake = request.app.state.intake
    return intake


IntakeDep = Annotated[Intake, Depends(_intake)]
