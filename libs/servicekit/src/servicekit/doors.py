"""Where text comes in beside a body: a request's line and its header fields. Pure."""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote

from contracts.id_numbers import carries_id_number, without_id_numbers
from contracts.texts import is_numbering
from servicekit.problems import Problem

Headers = list[tuple[bytes, bytes]]

_DIGITS = b"0123456789"
_FEWEST_DIGITS = 15
# What is read and kept, so that a number in it is refused. Every other field is only passed on, and masked.
_KEPT = frozenset(
    {b"idempotency-key", b"if-match", b"if-none-match", b"last-event-id", b"content-disposition", b"content-type"}
    | {b"content-encoding", b"content-digest", b"x-content-sha256"}
)
# Credentials are never logged, and the ids of a request are checked where they are read.
_LEFT_ALONE = frozenset({b"authorization", b"host", b"content-length", b"x-request-id", b"traceparent"})


class IdNumberInUrl(Problem):
    """400: a citizen number in a URL would end in logs and browser histories."""

    code = "url.id_number"
    title = "网址中不得出现证件号码"
    status = 400
    advice = "请改用 POST /v1/persons/search,把证件号码放在请求体中。"


class IdNumberInHeader(Problem):
    """400: a citizen number in a header field that is kept; the field's name is in `header`."""

    code = "header.id_number"
    title = "请求头中不得出现证件号码"
    status = 400
    advice = "请去掉该请求头中的证件号码;Idempotency-Key 请用随机编号(如 UUID)。"


def check_url(path: str, query: bytes) -> None:
    """Refuse a citizen number in a decoded path or in a query, however it is written or encoded.

    Raises:
        IdNumberInUrl: there is one.
    """
    if carries_id_number(unquote(path) if "%" in path else path):
        raise IdNumberInUrl("an ID number must not be part of a URL")
    if len(query) - len(query.translate(None, _DIGITS)) < _FEWEST_DIGITS and query.isascii() and b"%" not in query:
        return
    for name, value in parse_qsl(query.decode("utf-8", "replace"), keep_blank_values=True):
        if any(carries_id_number(unquote(text), old_form=not is_numbering(name)) for text in (name, value)):
            raise IdNumberInUrl("an ID number must not be part of a URL")


def without_numbers(headers: Headers) -> Headers:
    """Give header fields without a citizen number; the same list when there was none.

    Raises:
        IdNumberInHeader: there is one in a field that is read and kept.
    """
    found: dict[int, bytes] = {}
    for index, (name, value) in enumerate(headers):
        has_digits = len(value) - len(value.translate(None, _DIGITS)) >= _FEWEST_DIGITS
        if not (has_digits or not value.isascii()) or name in _LEFT_ALONE:
            continue
        text = value.decode("utf-8", "replace")
        text = unquote(text) if "%" in text else text
        if not carries_id_number(text):
            continue
        if name in _KEPT:
            field = name.decode("latin-1")
            raise IdNumberInHeader(f"the field {field} holds an ID number", header=field)
        found[index] = without_id_numbers(text).encode("ascii", "replace")
    if not found:
        return headers
    return [(name, found.get(index, value)) for index, (name, value) in enumerate(headers)]
