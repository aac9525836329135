"""The server's side of a client connection: who may connect, and that heads arrive whole, soon and of modest size."""

from __future__ import annotations

import asyncio
from typing import Any

import structlog

from gateway.answers import problem_bytes
from gateway.routing import problems
from gateway.routing.incoming import MAX_HEAD_BYTES
from gateway.settings import GatewaySettings
from gateway.shares import Shares
from gateway.source import Sources
from servicekit.http_server import WholeAnswers
from servicekit.problems import Problem
from servicekit.tracing import new_traceparent, request_id_of, set_traceparent

log = structlog.get_logger("http")

# After an answer that did not wait for the body: how much of it is still taken and dropped, so that the client gets to
# read the answer, and for how long.
_LINGER_BYTES = 64 * 1024 * 1024
_LINGER_S = 10.0


def edge_protocol(settings: GatewaySettings) -> type[asyncio.Protocol]:
    """Give uvicorn's protocol with the limits of an edge.

    A head has `head_timeout_s` from connecting, or from the first byte of a further request, to its end.
    """
    sources = Sources(settings.trusted_proxies)
    shares = Shares(settings.max_connections_per_source)

    class EdgeProtocol(WholeAnswers):
        """Answers what never becomes a request: late, large and malformed heads, and connections too many."""

        _timer: asyncio.TimerHandle | None = None
        _lingering: asyncio.TimerHandle | None = None
        _lingered_bytes = 0
        _head_bytes = 0
        _share: str | None = None

        def connection_made(self, transport: Any) -> None:
            """Start the clock, unless the connection is one too many."""
            super().connection_made(transport)
            self._arm()
            peer = self.client[0] if self.client else ""
            if len(self.connections) > settings.max_connections:
                self._refuse(problems.TooManyConnections("too many connections", headers={"Retry-After": "5"}))
            elif not sources.trusts(peer):
                if shares.take(peer):
                    self._share = peer
                else:
                    refusal = problems.TooManyConnections(
                        "too many connections from this address", headers={"Retry-After": "5"}
                    )
                    self._refuse(refusal)

        def connection_lost(self, exc: Exception | None) -> None:
            """Stop the clocks."""
            self._disarm()
            self._end_lingering()
            if self._share is not None:
                shares.give_back(self._share)
                self._share = None
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            """Count what belongs to a head, or to a body that nobody waits for any more."""
            if self.transport.is_closing():
                return
            if self._timer is not None:
                self._head_bytes += len(data)
            elif self._lingering is not None:
                self._lingered_bytes += len(data)
                if self._lingered_bytes > _LINGER_BYTES:
                    self.transport.close()
                    return
            super().data_received(data)
            # One network read may hold the end of a head and much of a body: only a head still open is judged.
            if self._timer is not None and self._head_bytes > MAX_HEAD_BYTES:
                self._refuse(problems.HeadTooLarge(f"a head has at most {MAX_HEAD_BYTES} bytes"))

        def on_message_begin(self) -> None:
            """Start the clock of a further request."""
            super().on_message_begin()
            if self._timer is None:
                self._arm()

        def on_headers_complete(self) -> None:
            """Stop the clock: the body has limits of its own."""
            self._disarm()
            super().on_headers_complete()

        def on_message_complete(self) -> None:
            """The rest of a body came after all: the connection stays good."""
            self._end_lingering()
            super().on_message_complete()

        def on_response_complete(self) -> None:
            """Do not wait for ever for a body that was answered before it came."""
            super().on_response_complete()
            if self.cycle is not None and self.cycle.more_body and not self.transport.is_closing():
                self._lingered_bytes = 0
                self._lingering = self.loop.call_later(_LINGER_S, self.transport.close)

        def send_400_response(self, msg: str) -> None:
            """Answer what cannot be parsed as everything else: with a problem that the log knows."""
            self._refuse(problems.HeadMalformed(msg))

        def _arm(self) -> None:
            self._head_bytes = 0
            self._timer = self.loop.call_later(
                settings.head_timeout_s, self._refuse, problems.HeadTimeout("the request head did not arrive in time")
            )

        def _disarm(self) -> None:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

        def _end_lingering(self) -> None:
            if self._lingering is not None:
                self._lingering.cancel()
                self._lingering = None

        def _refuse(self, problem: Problem) -> None:
            self._disarm()
            if self.transport is None or self.transport.is_closing():
                return
            traceparent, request_id = new_traceparent(), request_id_of(None)
            set_traceparent(traceparent)
            log.info("connection.refused", code=problem.code, status=problem.status, request_id=request_id.decode())
            self.transport.write(
                problem_bytes(problem, [(b"x-request-id", request_id), (b"traceparent", traceparent.encode())])
            )
            set_traceparent(None)
            self.transport.close()

    return EdgeProtocol
