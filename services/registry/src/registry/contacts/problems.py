"""Errors of the log of visits and contacts."""

from __future__ import annotations

from servicekit.problems import InvalidInput


class ContactInvalid(InvalidInput):
    """422: a day to come, somebody who was not there to visit, or a result that does not go together."""

    code = "registry.contact.invalid"
    title = "走访或联系记录不合要求"
