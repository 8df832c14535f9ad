"""What a program notices of `sagebrush exec`, which runs it."""
import os
import pty

from platform_process import SAGEBRUSH

COUNT = """
import signal, time
interrupts = []
signal.signal(signal.SIGINT, lambda *_: interrupts.append(1))
print("ready", flush=True)
while not interrupts:
    time.sleep(0.01)
# Time for a second one to come.
time.sleep(1)
print("interrupts:", len(interrupts), flush=True)
"""


def test_ctrl_c_reaches_the_program_once(platform):
    command = [*SAGEBRUSH, "exec", "--data", str(platform.data), "--", "python3", "-c", COUNT]
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp(command[0], command)
    output = b""
    while b"ready" not in output:
        output += os.read(terminal, 4096)
    os.write(terminal, b"\x03")
    output += rest_of(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0, output
    assert b"interrupts: 1\r\n" in output


def rest_of(terminal):
    """Linux ends a terminal that nobody else has open with an error."""
    output = b""
    try:
        while piece := os.read(terminal, 4096):
            output += piece
    except OSError:
        pass
    os.close(terminal)
    return output
