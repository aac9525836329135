"""A small disk of its own (tmpfs) for a folder, so that it can be filled without filling the machine's."""

from __future__ import annotations

import errno
import os
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

_BALLAST = ".ballast"


class MountRefusedError(RuntimeError):
    """This process may not mount a tmpfs; the message says why."""


class SmallDisk:
    """A tmpfs mounted on `folder` while the context lasts.

    Args:
        folder: Created if missing; what it held before is hidden until the end.
        size_mib: Size of the disk, in MiB; memory is used only for what is written.
    """

    def __init__(self, folder: Path, *, size_mib: int) -> None:
        self.folder = folder
        self._size_mib = size_mib

    def __enter__(self) -> Self:
        self.mount()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.unmount()

    def mount(self) -> None:
        """Mount it.

        Raises:
            MountRefusedError: without the right to mount (CAP_SYS_ADMIN), as in many containers.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        options = f"size={self._size_mib}m,mode=0755"
        command = ["mount", "-t", "tmpfs", "-o", options, "bangfu-small-disk", str(self.folder)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        except FileNotFoundError as error:
            raise MountRefusedError("there is no mount(8) on PATH") from error
        if done.returncode != 0:
            raise MountRefusedError(f"mount -t tmpfs said: {done.stderr.strip() or done.returncode}")

    def unmount(self) -> None:
        """Unmount it; what was written is gone. Lazily, because a process that is just ending may hold a file."""
        subprocess.run(["umount", "--lazy", str(self.folder)], capture_output=True, check=False)

    @property
    def free_bytes(self) -> int:
        """What is left."""
        found = os.statvfs(self.folder)
        return found.f_bavail * found.f_frsize

    def fill(self, *, leave_bytes: int = 0) -> None:
        """Take all of the free space but `leave_bytes`, at once."""
        with (self.folder / _BALLAST).open("ab") as ballast:
            while (wanted := self.free_bytes - leave_bytes) > 0:
                try:
                    os.posix_fallocate(ballast.fileno(), ballast.seek(0, os.SEEK_END), wanted)
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    # somebody wrote meanwhile: look again

    def free(self) -> None:
        """Give the space back."""
        (self.folder / _BALLAST).unlink(missing_ok=True)


def why_not_mounted() -> str | None:
    """Why no tmpfs may be mounted here; None where it may."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            with SmallDisk(Path(folder) / "probe", size_mib=1):
                return None
        except MountRefusedError as error:
            return f"a full disk is shown on a tmpfs, and this machine refuses to mount one: {error}"


def require_mount() -> None:
    """Skip the calling test where no tmpfs may be mounted; in CI that is a failure."""
    reason = why_not_mounted()
    if reason and os.environ.get("CI") == "true":
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)
