"""`python -m sharing api | worker | migrate`, and the commands of `sharing.keys`."""

import sys

from servicekit.entry import main
from sharing.app import create_app
from sharing.keys.commands import COMMANDS
from sharing.settings import SharingSettings
from sharing.worker import run

status = COMMANDS.run(sys.argv[1:])
if status is not None:
    raise SystemExit(status)
main("sharing", settings=SharingSettings, create_app=create_app, worker=run)
