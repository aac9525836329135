"""What every feature's edge shares: the app's keys and settings, and cursors."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from registry.settings import IdentityKeys, RegistrySettings


def _keys(request: Request) -> IdentityKeys:
    keys: IdentityKeys = request.app.state.keys
    return keys


def _settings(request: Request) -> RegistrySettings:
    settings: RegistrySettings = request.app.state.settings
    return settings


Keys = Annotated[IdentityKeys, Depends(_keys)]
Settings = Annotated[RegistrySettings, Depends(_settings)]
