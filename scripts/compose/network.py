"""What a Docker daemon leaves in the machine's network when it ends, and how to take it back.

dockerd sets the FORWARD policy to DROP, switches IP forwarding on, and leaves its chains, its rules and its bridges.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

_FORWARDING = Path("/proc/sys/net/ipv4/ip_forward")
_LINKS = Path("/sys/class/net")
_TABLES = ("filter", "nat", "raw", "mangle")
_FILTERS = ("iptables", "ip6tables")


def _iptables(program: str, *arguments: str) -> list[str]:
    """Run it and give its lines; none when it is not there or refuses (a table that the kernel lacks)."""
    if shutil.which(program) is None:
        return []
    done = subprocess.run([program, "--wait", *arguments], capture_output=True, text=True, check=False)
    return done.stdout.splitlines()


def _links() -> set[str]:
    return {path.name for path in _LINKS.iterdir()}


def _forward_policy(program: str) -> str:
    return next((line.split()[2] for line in _iptables(program, "-S", "FORWARD") if line.startswith("-P")), "")


@dataclass(frozen=True)
class NetworkState:
    """The part of the machine's network that dockerd changes, as it was before."""

    forwarding: str
    policies: dict[str, str]
    links: set[str]

    @classmethod
    def now(cls) -> NetworkState:
        """Look at it."""
        return cls(_FORWARDING.read_text(), {program: _forward_policy(program) for program in _FILTERS}, _links())

    def restore(self) -> None:
        """Remove Docker's bridges, rules and chains and nothing else; set policy and forwarding as they were."""
        added = {name for name in _links() - self.links if name.startswith(("docker", "br-", "veth"))}
        for program in _FILTERS:
            for table in _TABLES:
                _remove_rules(program, table, added)
            if policy := self.policies[program]:
                _iptables(program, "-P", "FORWARD", policy)
        for name in sorted(added & _links()):
            subprocess.run(["ip", "link", "delete", name], capture_output=True, check=False)
        if _FORWARDING.read_text() != self.forwarding:
            _FORWARDING.write_text(self.forwarding)

    def differences(self) -> list[str]:
        """Say what is not as it was."""
        now = NetworkState.now()
        found = [f"link {name} is left" for name in sorted(now.links - self.links)]
        if now.forwarding != self.forwarding:
            found.append("IP forwarding is changed")
        if now.policies != self.policies:
            found.append(f"the FORWARD policies are {now.policies}, they were {self.policies}")
        for program in _FILTERS:
            for table in _TABLES:
                found += [
                    f"{program} {table}: {line}" for line in _iptables(program, "-t", table, "-S") if "DOCKER" in line
                ]
        return found


def _remove_rules(program: str, table: str, links: set[str]) -> None:
    lines = _iptables(program, "-t", table, "-S")
    for line in lines:
        words = line.split()
        is_dockers = any(word.startswith("DOCKER") for word in words[1:]) or bool(links & set(words))
        if words[0] == "-A" and is_dockers:
            _iptables(program, "-t", table, "-D", *words[1:])
    for line in lines:
        words = line.split()
        if words[0] == "-N" and words[1].startswith("DOCKER"):
            _iptables(program, "-t", table, "-F", words[1])
    for line in lines:
        words = line.split()
        if words[0] == "-N" and words[1].startswith("DOCKER"):
            _iptables(program, "-t", table, "-X", words[1])
