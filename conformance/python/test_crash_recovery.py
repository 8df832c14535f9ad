"""kill -9 of the server, and a start after it: the same result as without."""
import contextlib
import json
import os
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import jobs
import pytest
from botocore.exceptions import ClientError
from platform_process import wait_until

MIB = 1024 * 1024


#: Counts until it finds the file.
COUNTING = """
import os, time
number = 0
while not os.path.exists(FILE):
    print("tick", number, flush=True)
    number += 1
    time.sleep(0.05)
print("counted to", number)
"""


def test_a_training_job_goes_on_without_the_server_and_is_adopted(fresh_platform, fresh_aws, tmp_path):
    def ticks():
        return [line for line in jobs.job_log(fresh_aws, name) if line.startswith("tick ")]

    end = tmp_path / "end"
    name = jobs.create_job(fresh_aws, COUNTING.replace("FILE", repr(str(end))))
    jobs.wait_for_activity(fresh_aws, name, "Training")
    wait_until(ticks)
    fresh_platform.kill()
    fresh_platform.start()
    seen = len(ticks())
    wait_until(lambda: len(ticks()) > seen + 20)
    end.touch()
    job = jobs.wait_for_job(fresh_aws, name)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    count = len(ticks())
    assert ticks() == [f"tick {number}" for number in range(count)]
    assert f"counted to {count}" in jobs.job_log(fresh_aws, name)


def test_jobs_that_were_accepted_right_before_the_kill_still_run(fresh_platform, fresh_aws):
    names = [jobs.create_job(fresh_aws, "print('ran')") for _ in range(4)]
    fresh_platform.kill()
    fresh_platform.start()
    for name in names:
        job = jobs.wait_for_job(fresh_aws, name)
        assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
        assert jobs.job_log(fresh_aws, name).count("ran") == 1


MOMENTS = range(20)
#: Lives for about a second, in which a kill may hit every stage.
SHORT = """
import os, time
for step in range(5):
    print("step", step, flush=True)
    time.sleep(0.05)
open(os.environ["SM_MODEL_DIR"] + "/model", "w").write("whole")
print("ran")
"""
STAGES = ["Downloading", "Training", "Uploading", "Completed"]
SMALL = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}


@pytest.mark.long
def test_a_server_that_is_killed_at_any_moment_brings_every_job_to_its_right_end(fresh_platform, fresh_aws):
    names = []
    for moment in MOMENTS:
        names.append(jobs.create_job(fresh_aws, SHORT, ResourceConfig=SMALL))
        time.sleep(moment * 0.06)
        fresh_platform.kill()
        fresh_platform.start()
    for name in names:
        job = jobs.wait_for_job(fresh_aws, name)
        assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
        stages = [transition["Status"] for transition in job["SecondaryStatusTransitions"]]
        # Stages may pass unseen while no server looks, but none comes back.
        seen = [stage for stage in stages if stage in STAGES]
        assert seen == sorted(set(seen), key=STAGES.index) and stages[-1] == "Completed"
        log = jobs.job_log(fresh_aws, name)
        assert log.count("ran") == 1 and [line for line in log if line.startswith("step")] == [
            f"step {step}" for step in range(5)
        ]
        where, key = job["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://").split("/", 1)
        fresh_aws("s3").head_object(Bucket=where, Key=key)
    assert processes_of(fresh_platform) == []


def test_an_agent_that_is_killed_at_any_moment_fails_its_job_and_leaves_nothing_running(fresh_platform, fresh_aws):
    def run(moment):
        name = jobs.create_job(fresh_aws, SHORT, ResourceConfig=SMALL)
        # One that is over before anybody has seen its agent ends well.
        wait_until(lambda: agent_of(fresh_platform, name) or jobs.has_ended(fresh_aws, name))
        time.sleep(moment * 0.06)
        kill_agent(fresh_platform, name)
        return jobs.wait_for_job(fresh_aws, name)

    jobs.bucket(fresh_aws)
    for service in ("s3", "sagemaker"):
        fresh_aws(service)
    with ThreadPoolExecutor(len(MOMENTS)) as pool:
        ended = list(pool.map(run, MOMENTS))
    for job in ended:
        if job["TrainingJobStatus"] == "Completed":
            continue
        assert job["TrainingJobStatus"] == "Failed"
        assert job["FailureReason"].startswith("InternalServerError: the host was lost: the agent (process ")
    assert "Failed" in [job["TrainingJobStatus"] for job in ended]
    assert processes_of(fresh_platform) == []
    assert list((fresh_platform.data / "hosts").glob("[!.]*")) == []


def kill_agent(platform, job):
    agent = agent_of(platform, job)
    with contextlib.suppress(ProcessLookupError):
        if agent:
            os.kill(agent, signal.SIGKILL)


def agent_of(platform, job):
    for claim in platform.data.glob(f"hosts/train-{job}-*/0/claim"):
        try:
            return json.loads(claim.read_text())["pid"]
        except (OSError, ValueError):
            pass
    return None


def processes_of(platform):
    """What runs below the data directory, but for the server."""
    lines = subprocess.run(["ps", "-eo", "pid=,args="], capture_output=True, text=True, check=True).stdout.splitlines()
    return [line for line in lines if f"{platform.data}/hosts/" in line]


def test_a_multipart_upload_goes_on_where_it_was(fresh_platform, fresh_aws):
    s3 = fresh_aws("s3")
    where = {"Bucket": jobs.bucket(fresh_aws), "Key": "in/parts"}
    upload = {**where, "UploadId": s3.create_multipart_upload(**where)["UploadId"]}
    first = s3.upload_part(**upload, PartNumber=1, Body=b"a" * 5 * MIB)["ETag"]
    fresh_platform.kill()
    fresh_platform.start()
    with pytest.raises(ClientError):
        s3.head_object(**where)
    second = s3.upload_part(**upload, PartNumber=2, Body=b"b" * MIB)["ETag"]
    parts = [{"PartNumber": 1, "ETag": first}, {"PartNumber": 2, "ETag": second}]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    assert s3.get_object(**where)["Body"].read() == b"a" * 5 * MIB + b"b" * MIB


def test_an_endpoint_that_was_being_made_comes_into_service(fresh_platform, fresh_aws, fresh_half_plus_two):
    name = jobs.deploy(fresh_aws, fresh_half_plus_two)
    fresh_platform.kill()
    fresh_platform.start()
    assert jobs.wait_for_endpoint(fresh_aws, name)["EndpointStatus"] == "InService"
    assert predict(fresh_aws, name) == [2.5]
    fresh_platform.kill()
    fresh_platform.start()
    assert predict(fresh_aws, name) == [2.5]
    fresh_aws("sagemaker").delete_endpoint(EndpointName=name)
    jobs.wait_until_gone(fresh_aws, name)


def predict(aws, name):
    body = json.dumps({"instances": [1.0]})
    answer = aws("sagemaker-runtime").invoke_endpoint(EndpointName=name, ContentType="application/json", Body=body)
    return json.load(answer["Body"])["predictions"]
