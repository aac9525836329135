"""`python -m alerts api | worker | migrate`."""

from alerts.app import create_app
from alerts.settings import AlertsSettings
from alerts.worker import run
from servicekit.entry import main

main("alerts", settings=AlertsSettings, create_app=create_app, worker=run, package="alerts")
