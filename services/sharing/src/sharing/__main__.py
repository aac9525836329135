"""`python -m sharing api | worker | migrate`."""

from servicekit.entry import main
from sharing.app import create_app
from sharing.settings import SharingSettings
from sharing.worker import run

main("sharing", settings=SharingSettings, create_app=create_app, worker=run, package="sharing")
