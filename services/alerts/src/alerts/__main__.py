"""`python -m alerts api | worker | migrate`, and the commands of `alerts.subscriptions.keys`."""

import sys

from alerts.app import create_app
from alerts.settings import AlertsSettings
from alerts.subscriptions.keys import COMMANDS
from alerts.worker import run
from servicekit.entry import main

status = COMMANDS.run(sys.argv[1:])
if status is not None:
    raise SystemExit(status)
main("alerts", settings=AlertsSettings, create_app=create_app, worker=run)
