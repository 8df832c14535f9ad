"""kill -9 of the server, and a start after it: the same result as without."""
import json

import jobs
import pytest
from botocore.exceptions import ClientError

MIB = 1024 * 1024


def test_a_training_job_goes_on_without_the_server_and_is_adopted(fresh_platform, fresh_aws):
    name = jobs.create_job(fresh_aws, "sleeper.py", {"seconds": "6"})
    jobs.wait_for_activity(fresh_aws, name, "Training")
    fresh_platform.kill()
    fresh_platform.start()
    job = jobs.wait_for_job(fresh_aws, name)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    log = jobs.job_log(fresh_aws, name)
    assert log.count("started") == 1
    ticks = [line for line in log if line.startswith("tick ")]
    assert ticks == sorted(set(ticks), key=lambda line: float(line.split()[1]))
    assert len(ticks) > 20


def test_jobs_that_were_accepted_right_before_the_kill_still_run(fresh_platform, fresh_aws):
    names = [jobs.create_job(fresh_aws, "print('ran')") for _ in range(4)]
    fresh_platform.kill()
    fresh_platform.start()
    for name in names:
        job = jobs.wait_for_job(fresh_aws, name)
        assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
        assert jobs.job_log(fresh_aws, name).count("ran") == 1


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


def test_an_endpoint_that_was_being_made_comes_into_service(fresh_platform, fresh_aws):
    model = jobs.half_plus_two(fresh_aws)
    name = jobs.deploy(fresh_aws, model)
    fresh_platform.kill()
    fresh_platform.start()
    assert jobs.wait_for_endpoint(fresh_aws, name)["EndpointStatus"] == "InService"
    assert predict(fresh_aws, name) == [2.5]
    fresh_platform.kill()
    fresh_platform.start()
    jobs.wait_until(lambda: predict(fresh_aws, name) == [2.5], 30)
    fresh_aws("sagemaker").delete_endpoint(EndpointName=name)
    jobs.wait_until(lambda: not fresh_aws("sagemaker").list_endpoints()["Endpoints"], 60)


def predict(aws, name):
    body = json.dumps({"instances": [1.0]})
    answer = aws("sagemaker-runtime").invoke_endpoint(EndpointName=name, ContentType="application/json", Body=body)
    return json.load(answer["Body"])["predictions"]
