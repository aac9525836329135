"""A contract for import-linter: what is not named as doing I/O is pure, a new module too.

A list of pure modules would have to be remembered; this one names the others, so that a module that starts to reach a
database is seen on the day it does.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import cast

import grimp
from importlinter import Contract, ContractCheck, fields, output
from importlinter.application import contract_utils
from importlinter.application.contract_utils import AlertLevel
from importlinter.domain.imports import ImportExpression


class PureContract(Contract):
    """Modules of `packages` reach none of `libraries`, not even indirectly, unless `io` names them.

    Options: `io` (module names; `*` stands for anything, dots included), `ignore_imports`. A name in `io` without a `*`
    must be that of a module that does reach a library: a list that is too long guards too little.
    """

    type_name = "pure"

    packages = fields.SetField(subfield=fields.StringField())
    libraries = fields.SetField(subfield=fields.StringField())
    io = fields.SetField(subfield=fields.StringField())
    ignore_imports = fields.SetField(subfield=fields.ImportExpressionField(), required=False)

    def check(self, graph: grimp.ImportGraph, verbose: bool) -> ContractCheck:
        """Find the ways from pure modules to the libraries, and the names in `io` that are wrong."""
        del verbose
        ignored = contract_utils.remove_ignored_imports_and_report(
            graph=graph,
            ignore_imports=cast("list[ImportExpression] | None", self.ignore_imports),
            unmatched_alerting=AlertLevel.ERROR,
        )
        libraries = cast("set[str]", self.libraries) & graph.modules
        io = cast("set[str]", self.io)
        reach = {library: graph.find_downstream_modules(library) for library in libraries}
        impure = set().union(*reach.values())
        own = {module for package in cast("set[str]", self.packages) for module in graph.find_descendants(package)}
        ways = []
        for module in sorted(own & impure):
            if not any(fnmatchcase(module, pattern) for pattern in io):
                chains = [
                    graph.find_shortest_chain(module, library) for library in libraries if module in reach[library]
                ]
                ways.append(min((chain for chain in chains if chain), key=lambda chain: (len(chain), chain)))
        wrong = sorted(name for name in io if "*" not in name and name not in impure)
        return ContractCheck(
            kept=not ways and not wrong,
            warnings=list(ignored.warnings),
            ignored_import_count=ignored.ignored_import_count,
            metadata={"ways": ways, "wrong": wrong},
        )

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print each way, and each name that is wrong."""
        for way in check.metadata["ways"]:
            output.print_error(" -> ".join(way))
        for name in check.metadata["wrong"]:
            output.print_error(f"{name} reaches no such library: take it off the list `io`")
