"""What newcomers get wrong: the answer is AWS's, and the job's log says the way out."""
import jobs

PARSER = "import argparse\nparser = argparse.ArgumentParser()\nparser.add_argument('--epochs', type=int)\nparser.parse_args()"
IMAGE = f"{jobs.REGISTRY}/tensorflow-training:2.99.0-cpu-py311"


def test_the_way_out_is_told(aws):
    where = jobs.bucket(aws)
    aws("s3").put_object(Bucket=where, Key="mistakes/a", Body=b"a")
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{where}/mistakes/"}}
    channel = {"InputDataConfig": [{"ChannelName": "training", "DataSource": source}]}
    made = {"AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"}}
    asked = [
        ("import os\nos.environ['SM_CHANNEL_TRAIN']", {}, channel, "KeyError: 'SM_CHANNEL_TRAIN'", 'fit({"train": "s3://…"})'),
        (PARSER, {"model_dir": '"s3://b/m"'}, {}, "unrecognized arguments: --model_dir", "model_dir=False"),
        (PARSER, {"epochs": '"1.5"'}, {}, "argument --epochs: invalid int value: '1.5'", ""),
        ("print(1)", {}, made, "TensorFlow 2.99.0 cannot be had", ""),
    ]
    names = [jobs.create_job(aws, script, given, **more) for script, given, more, *_ in asked]
    for name, (*_, reason, hint) in zip(names, asked):
        job = jobs.wait_for_job(aws, name)
        assert job["TrainingJobStatus"] == "Failed"
        assert reason in job["FailureReason"], job["FailureReason"]
        assert not hint or any(hint in line for line in jobs.job_log(aws, name) if "WARNING" in line)
