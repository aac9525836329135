"""A contract for import-linter: the features of a service meet through each other's `service.py` only.

A feature is a package directly below a service. Modules beside the features (`app.py`, `worker.py`, `tables.py`) put
them together or serve them all; one that features import may itself import no feature, or it would be a way around.
"""

from __future__ import annotations

from typing import cast

import grimp
from importlinter import Contract, ContractCheck, fields, output


class FeaturesContract(Contract):
    """Every import from one feature of a service into another names the other's `service`.

    Options: `services` (packages), `beside` (packages that are no features, by name).
    """

    type_name = "features"

    services = fields.SetField(subfield=fields.StringField())
    beside = fields.SetField(subfield=fields.StringField(), required=False, default=set())

    def check(self, graph: grimp.ImportGraph, verbose: bool) -> ContractCheck:
        """Find the imports that go past `service.py`."""
        del verbose
        services = cast("set[str]", self.services)
        beside = {f"{service}.{name}" for service in services for name in cast("set[str]", self.beside)}
        past: list[tuple[str, str]] = []
        for service in sorted(services):
            children = graph.find_children(service) - beside
            features = {child for child in children if graph.find_children(child)}
            homes = {module: child for child in children for module in (child, *graph.find_descendants(child))}
            for importer in sorted(homes):
                for imported in sorted(graph.find_modules_directly_imported_by(importer) & homes.keys()):
                    here, there = homes[importer], homes[imported]
                    if here == there or there not in features or imported == f"{there}.service":
                        continue
                    if here in features or self._serves(graph, here, features):
                        past.append((importer, imported))
        return ContractCheck(
            kept=not past,
            metadata={"past": past},
        )

    @staticmethod
    def _serves(graph: grimp.ImportGraph, module: str, features: set[str]) -> bool:
        """Tell whether a feature imports this module that stands beside the features."""
        importers = graph.find_modules_that_directly_import(module)
        return any(importer.startswith(f"{feature}.") for importer in importers for feature in features)

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print each import."""
        for importer, imported in check.metadata["past"]:
            output.print_error(f"{importer} -> {imported}")
