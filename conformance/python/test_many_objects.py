"""5,000 objects, as boto3 sees them and as a training job does."""
import concurrent.futures

import jobs
import pytest

KEYS = [f"many/{number:05d}/é x" for number in range(5000)]
COUNT = """
import os
paths = [os.path.join(folder, name) for folder, _, names in os.walk("/opt/ml/input/data") for name in names]
print("files", len(paths), "linked", sum(os.stat(path).st_nlink > 1 for path in paths))
"""


@pytest.mark.long
def test_5000_objects_are_listed_in_order_trained_on_and_deleted(aws):
    where = jobs.bucket(aws, "many-objects")
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: aws("s3").put_object(Bucket=where, Key=key, Body=b"x"), KEYS))
    listed_page_by_page(aws("s3"), where)
    trained_on(aws, where)
    deleted(aws("s3"), where)


def listed_page_by_page(s3, where):
    pages = list(s3.get_paginator("list_objects_v2").paginate(Bucket=where, Prefix="many/"))
    assert [len(page["Contents"]) for page in pages] == [1000] * 5
    assert [item["Key"] for page in pages for item in page["Contents"]] == KEYS
    first = list(s3.get_paginator("list_objects").paginate(Bucket=where, Prefix="many/"))
    assert [item["Key"] for page in first for item in page["Contents"]] == KEYS
    assert s3.list_objects_v2(Bucket=where, Delimiter="/")["CommonPrefixes"] == [{"Prefix": "many/"}]


def trained_on(aws, where):
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{where}/many/"}}
    name = jobs.create_job(aws, COUNT, InputDataConfig=[{"ChannelName": "training", "DataSource": source}])
    job = jobs.wait_for_job(aws, name)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    # They are the bucket's own files: a request for each of them would take minutes on a busy machine.
    assert "files 5000 linked 5000" in jobs.job_log(aws, name)


def deleted(s3, where):
    for start in range(0, len(KEYS), 1000):
        batch = [{"Key": key} for key in KEYS[start : start + 1000]]
        assert len(s3.delete_objects(Bucket=where, Delete={"Objects": batch})["Deleted"]) == 1000
    assert s3.list_objects_v2(Bucket=where, Prefix="many/")["KeyCount"] == 0
