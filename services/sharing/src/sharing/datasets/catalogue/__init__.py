"""The shipped catalogue: one TOML file a dataset, loaded and checked once."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from sharing.datasets.declaration import Dataset
from sharing.datasets.problems import UnknownDataset


@cache
def load_catalogue() -> Mapping[str, Dataset]:
    """Give every declared dataset by its code, ordered by code.

    Raises:
        ValueError: if a declaration is malformed or two files declare the same dataset.
    """
    found: dict[str, Dataset] = {}
    for file in files(__name__).iterdir():
        if file.name.endswith(".toml"):
            dataset = Dataset.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
            if dataset.code in found:
                raise ValueError(f"{file.name}: {dataset.code} is declared twice")
            found[dataset.code] = dataset
    return MappingProxyType(dict(sorted(found.items())))


def dataset_of(code: str) -> Dataset:
    """Give one dataset.

    Raises:
        UnknownDataset: if nothing of that code is declared.
    """
    dataset = load_catalogue().get(code)
    if dataset is None:
        raise UnknownDataset(f"no dataset {code!r}", known=list(load_catalogue()))
    return dataset
