"""A throwaway host with a real systemd: a minimal Debian in a container, thrown away afterwards.

Needs root, mmdebstrap and systemd-nspawn. The root file system is made once and kept below build/.
"""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import house

PACKAGES = ("systemd", "systemd-sysv", "dbus", "iproute2", "libarchive13", "libssl3",
            "libyaml-0-2", "libcmocka0", "libsqlite3-0", "libcurl4", "libmicrohttpd12",
            "libseccomp2", "libgit2-1.5", "libjansson4")
CACHE = house.SOURCE / "build/hosts"

PHASE = """[Unit]
Description=what is to be done in this host
After=multi-user.target dbus.service

[Service]
Type=oneshot
ExecStart={command}
StandardOutput=file:/phase.out
StandardError=inherit
ExecStopPost=/bin/sh -c 'echo "$EXIT_STATUS" > /phase.status; poweroff'

[Install]
WantedBy=multi-user.target
"""


def root_tree():
    """The unpacked root file system, made when it is not there or the packages have changed."""
    name = hashlib.sha256(" ".join(PACKAGES).encode()).hexdigest()[:12]
    tree = CACHE / f"systemd-{name}"
    if tree.is_dir():
        return tree
    CACHE.mkdir(parents=True, exist_ok=True)
    making = CACHE / f".making-{name}"
    shutil.rmtree(making, ignore_errors=True)
    made = house.run("mmdebstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}",
                     "--mode=root", "bookworm", making, timeout=900,
                     env=house.clean_env(http_proxy=os.environ.get("http_proxy"),
                                         https_proxy=os.environ.get("https_proxy")))
    if made.status != 0:
        raise house.Skip("no root file system can be made: " + made.err.strip()[-300:])
    making.rename(tree)
    return tree


class Host:
    """One host; its changes live in `directory` and survive until `close`."""

    def __init__(self, directory):
        house.need_root()
        house.need("systemd-nspawn")
        house.need("mmdebstrap")
        self.root = directory / "root"
        parts = [directory / name for name in ("upper", "work", "root")]
        # Its own file system: the test's directory may be on one that cannot hold an overlay.
        house.equal(house.run("mount", "-t", "tmpfs", "none", directory).status, 0)
        for part in parts:
            part.mkdir()
        self.directory = directory
        options = f"lowerdir={root_tree()},upperdir={parts[0]},workdir={parts[1]}"
        mounted = house.run("mount", "-t", "overlay", "-o", options, "none", self.root)
        if mounted.status != 0:
            self.close()
            raise house.Skip("no overlay can be mounted: " + mounted.err.strip())

    def close(self):
        house.run("umount", "-l", self.root)
        house.run("umount", "-l", self.directory)

    def boot_and_run(self, command, binds=(), timeout=120):
        """Boots, runs the command to its end, powers off. Returns its status and output."""
        unit = self.root / "etc/systemd/system/phase.service"
        unit.write_text(PHASE.format(command=command))
        wants = self.root / "etc/systemd/system/multi-user.target.wants/phase.service"
        wants.parent.mkdir(exist_ok=True)
        if not wants.is_symlink():
            wants.symlink_to("/etc/systemd/system/phase.service")
        status = self.root / "phase.status"
        status.unlink(missing_ok=True)
        argv = ["systemd-nspawn", "-D", self.root, "-M", f"teerex-{os.getpid()}", "-b", "-q",
                "--register=no", "--keep-unit", "--private-network", "--console=pipe",
                *(f"--bind-ro={outside}:{inside}" for outside, inside in binds)]
        with (self.directory / "console").open("wb") as console:
            machine = house.start(*argv, stdin=subprocess.DEVNULL, stdout=console, stderr=console)
            try:
                machine.wait(timeout)
            finally:
                house.stop(machine)
        out = self.root / "phase.out"
        text = out.read_text(errors="replace") if out.exists() else ""
        if not status.exists():
            text += (self.directory / "console").read_text(errors="replace")[-3000:]
            return None, text
        return int(status.read_text() or -1), text
