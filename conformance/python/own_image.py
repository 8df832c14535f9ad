"""Images made from folders, and podman to run them: nothing is pulled from anywhere."""
import fcntl
import os
import pathlib
import shutil
import subprocess
import tempfile

from platform_process import PATIENCE_SECONDS, wait_until

#: A lock, since several workers may want to install at once.
LOCK = pathlib.Path(tempfile.gettempdir()) / "sagebrush-conformance-podman.lock"
PACKAGES = ["podman", "runc", "busybox-static"]


def podman():
    """True when podman runs containers here; it is installed first where that can be done. Without, tests prove how a
    job is refused."""
    with open(LOCK, "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not shutil.which("podman") and os.geteuid() == 0 and shutil.which("apt-get"):
            for command in (["update", "-qq"], ["install", "-qq", "-y", "--no-install-recommends", *PACKAGES]):
                subprocess.run(["apt-get", *command], check=False, capture_output=True)
    return shutil.which("podman") is not None and shutil.which("busybox") is not None


class Engine:
    """podman with images of its own; its defaults may be wrong where no systemd runs."""

    def __init__(self):
        # podman takes no runroot of more than 50 characters.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="podman-"))
        places = ["--root", str(self.folder / "root"), "--runroot", str(self.folder / "run")]
        self.command = ["podman", *places, "--storage-driver=vfs", "--cgroup-manager=cgroupfs"]
        if shutil.which("runc"):
            self.command += ["--runtime", "runc"]

    def run(self, *arguments, **options):
        return subprocess.run([*self.command, *arguments], check=True, text=True, capture_output=True, **options)

    def containers(self, of=""):
        """All, or those of a training job or an endpoint: their names hold its name."""
        return self.run("ps", "--all", "--quiet", "--filter", f"name={of}").stdout.split()

    def make_image(self, name, folder, files, *changes):
        """An image of a folder with busybox in it and the given programs."""
        for each in ("bin", "tmp", "etc", "proc", "sys", "dev", "opt/ml"):
            (folder / each).mkdir(parents=True, exist_ok=True)
        shutil.copy(shutil.which("busybox"), folder / "bin/busybox")
        for applet in ("sh", "ls", "cat", "env", "sleep", "wget", "id", "hostname", "tail", "touch", "mkdir", "head", "nc", "kill"):
            (folder / "bin" / applet).symlink_to("busybox")
        for path, text in files.items():
            program = folder / path
            program.parent.mkdir(parents=True, exist_ok=True)
            program.write_text(text)
            program.chmod(0o755)
        options = [option for change in changes for option in ("--change", change)]
        tar = subprocess.Popen(["tar", "-C", str(folder), "-c", "."], stdout=subprocess.PIPE)
        self.run("import", *options, "-", name, stdin=tar.stdout)
        assert tar.wait(PATIENCE_SECONDS) == 0

    def close(self):
        # An agent that was killed just now has its container removed too: whoever comes second may be refused.
        wait_until(self._is_empty)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _is_empty(self):
        subprocess.run([*self.command, "rm", "--force", "--all"], capture_output=True)
        return not self.containers()

    def works(self):
        """Whether the kernel lets it run a container."""
        command = [*self.command, "run", "--rm", "--network", "none", *LIMITS, "local/probe:1", "true"]
        return subprocess.run(command, capture_output=True, timeout=PATIENCE_SECONDS).returncode == 0


LIMITS = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"]
