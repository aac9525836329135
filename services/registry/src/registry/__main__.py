"""`python -m registry api | worker | migrate`."""

from registry.app import create_app
from registry.settings import RegistrySettings
from registry.worker import work
from servicekit.entry import main

main("registry", settings=RegistrySettings, create_app=create_app, worker=work, package="registry")
