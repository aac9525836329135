"""What a Docker daemon leaves in the machine's network when it ends, and how to take it back.

dockerd sets the FORWARD policy to DROP, switches IP forwarding on, and leaves its chains, its rules and its bridges.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

_FORWARDING = Path("/proc/sys/net/ipv4/ip_forward")
_LINKS = Path("/sys/class/net")
_TABLES = ("filter", "nat", "raw", "mangle")
_PROGRAMS = ("iptables", "ip6tables")

Rules = dict[tuple[str, str], list[str]]
"""The lines of `iptables -S` by program and table."""


def _iptables(program: str, *arguments: str) -> list[str]:
    """Run it and give its lines; none when it is not there or refuses (a table that the kernel lacks)."""
    if shutil.which(program) is None:
        return []
    done = subprocess.run([program, "--wait", *arguments], capture_output=True, text=True, check=False)
    return done.stdout.splitlines()


def _links() -> set[str]:
    return {path.name for path in _LINKS.iterdir()}


@dataclass(frozen=True)
class NetworkState:
    """The part of the machine's network that dockerd changes, as it was before."""

    forwarding: str
    links: set[str]
    rules: Rules

    @classmethod
    def now(cls) -> NetworkState:
        """Look at it."""
        rules = {(program, table): _iptables(program, "-t", table, "-S") for program in _PROGRAMS for table in _TABLES}
        return cls(_FORWARDING.read_text(), _links(), rules)

    def restore(self) -> None:
        """Remove Docker's bridges, rules and chains that are new; set policies and forwarding back."""
        for (program, table), lines in self._added().items():
            change = (program, "-t", table)
            for kind, action in (("-A", "-D"), ("-N", "-F"), ("-N", "-X")):
                for words in map(shlex.split, lines):
                    if words[0] == kind:
                        _iptables(*change, action, *(words[1:] if kind == "-A" else words[1:2]))
        for program in _PROGRAMS:
            for line in self.rules[program, "filter"]:
                if line.startswith("-P FORWARD"):
                    _iptables(program, *line.split())
        for name in self._new_links():
            subprocess.run(["ip", "link", "delete", name], capture_output=True, check=False)
        if _FORWARDING.read_text() != self.forwarding:
            _FORWARDING.write_text(self.forwarding)

    def differences(self) -> list[str]:
        """Say what is not as it was."""
        now = NetworkState.now()
        found = [f"link {name}" for name in self._new_links()]
        found += [f"{program} -t {table} {line}" for (program, table), lines in self._added().items() for line in lines]
        policies = [[line for line in state.rules["iptables", "filter"] if line[:2] == "-P"] for state in (self, now)]
        if now.forwarding != self.forwarding or policies[0] != policies[1]:
            found.append(f"forwarding is {now.forwarding.strip()}, the policies are {policies[1]}")
        return found

    def _new_links(self) -> list[str]:
        return sorted(name for name in _links() - self.links if name.startswith(("docker", "br-", "veth")))

    def _added(self) -> Rules:
        """Docker's lines that were not there before: they name one of its chains or bridges."""
        bridges = set(self._new_links())
        return {
            place: [
                line
                for line in lines
                if line not in self.rules[place]
                and any(word.startswith("DOCKER") or word in bridges for word in line.split())
            ]
            for place, lines in NetworkState.now().rules.items()
        }
