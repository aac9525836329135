"""`python -m registry api | worker | migrate`, and the commands of `registry.keys`."""

import sys

from registry.app import create_app
from registry.keys.commands import COMMANDS
from registry.republish import REPUBLISH
from registry.settings import RegistrySettings
from registry.worker import work
from servicekit.entry import main

status = COMMANDS.run(sys.argv[1:])
if status is not None:
    raise SystemExit(status)
main(
    "registry",
    settings=RegistrySettings,
    create_app=create_app,
    worker=work,
    republish=REPUBLISH,
)
