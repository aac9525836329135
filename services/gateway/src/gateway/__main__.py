"""`python -m gateway api | worker | migrate | bootstrap-client | rotate-keys | verify-audit`."""

import sys

from gateway import cli
from gateway.app import create_app
from gateway.routing.edge import edge_protocol
from gateway.settings import GatewaySettings
from gateway.worker import run
from servicekit.entry import main

if len(sys.argv) > 1 and sys.argv[1] in cli.COMMANDS:
    raise SystemExit(cli.main(sys.argv[1:]))
main(
    "gateway",
    settings=GatewaySettings,
    create_app=create_app,
    worker=run,
    http=edge_protocol,
)
