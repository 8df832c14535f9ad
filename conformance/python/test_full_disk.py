"""A disk with no room left: who filled it fails with the reason, everybody else goes on."""
import pathlib

import jobs
import pytest
from botocore.exceptions import ClientError
from conftest import client_factory
from platform_process import Platform

FILL = """
import os
print("fills the disk", flush=True)
with open(WHERE, "wb", buffering=0) as file:
    while True:
        file.write(b"x" * 1_000_000)
"""
#: Where the disk has no room for a line either, it waits for it.
TICK = """
import os, time
for number in range(6000):
    line = f"tick {number}\\n".encode()
    while line:
        try:
            line = line[os.write(1, line) :]
        except OSError:
            time.sleep(0.01)
    time.sleep(0.1)
"""


class OnSmallDisk(Platform):
    """Its data directory is a disk of 64 MB, mounted where nobody else sees it."""

    def __init__(self, data):
        super().__init__(data)
        self.inside = self.data
        mount = f'mount -t tmpfs -o size=64m none "{data}" && exec "$@"'
        self.starter = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount, "sh"]

    def _is_up(self):
        self.data = pathlib.Path(f"/proc/{self.process.pid}/root{self.inside}")
        return super()._is_up()

    def stop(self):
        self.data = self.inside
        super().stop()


@pytest.fixture
def small(tmp_path):
    platform = OnSmallDisk(tmp_path).start()
    yield client_factory(platform)
    platform.stop()


def test_a_full_disk_fails_the_job_that_filled_it_and_no_other(small):
    other = jobs.create_job(small, TICK)
    jobs.wait_for_activity(small, other, "Training")
    for where in ('"/opt/ml/output/data/big"', 'os.environ["SM_MODEL_DIR"] + "/big"'):
        name = jobs.create_job(small, FILL.replace("WHERE", where))
        job = jobs.wait_for_job(small, name)
        assert job["TrainingJobStatus"] == "Failed"
        assert job["FailureReason"].startswith("AlgorithmError: ExecuteUserScriptError:\n")
        assert "No space left on device" in job["FailureReason"]
        assert "fills the disk" in jobs.job_log(small, name)
    with pytest.raises(ClientError, match="InsufficientStorage"):
        small("s3").put_object(Bucket=jobs.bucket(small), Key="big", Body=bytes(70_000_000))
    assert jobs.describe_job(small, other)["TrainingJobStatus"] == "InProgress"
    small("sagemaker").stop_training_job(TrainingJobName=other)
    assert jobs.wait_for_job(small, other)["TrainingJobStatus"] == "Stopped"
    ticks = [line for line in jobs.job_log(small, other) if line.startswith("tick ")]
    assert ticks == [f"tick {number}" for number in range(len(ticks))]
