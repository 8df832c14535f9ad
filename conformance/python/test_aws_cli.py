"""The aws CLI lines of seed 003: a model archive, a model, an endpoint, a prediction."""
import json
import subprocess

import jobs


def test_seed_003_from_archive_to_prediction(aws, half_plus_two, shell_environment, tmp_path):
    def run(*arguments):
        command = ["aws", *map(str, arguments)]
        done = subprocess.run(command, env=shell_environment, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, f"{command}: {done.stderr}"
        return done.stdout

    name = jobs.unique("image-classification-tfs")
    url = f"s3://{jobs.bucket(aws, 'my-sagemaker-bucket')}/model/{name}/model.tar.gz"
    run("s3", "cp", half_plus_two, tmp_path / "model.tar.gz")
    run("s3", "cp", tmp_path / "model.tar.gz", url)
    assert "model.tar.gz" in run("s3", "ls", url)
    run(
        "sagemaker", "create-model", "--model-name", name,
        "--primary-container", f"Image={jobs.INFERENCE_IMAGE},ModelDataUrl={url}",
        "--execution-role-arn", jobs.ROLE,
    )  # fmt: skip
    variant = f"VariantName=TFS,ModelName={name},InitialInstanceCount=1,InstanceType=ml.p2.xlarge"
    run("sagemaker", "create-endpoint-config", "--endpoint-config-name", name, "--production-variants", variant)
    run("sagemaker", "create-endpoint", "--endpoint-name", name, "--endpoint-config-name", name)
    run("sagemaker", "wait", "endpoint-in-service", "--endpoint-name", name)
    (tmp_path / "body.json").write_text(json.dumps({"instances": [1.0, 2.0, 5.0]}))
    run(
        "sagemaker-runtime", "invoke-endpoint", "--endpoint-name", name, "--content-type", "application/json",
        "--body", f"fileb://{tmp_path / 'body.json'}", tmp_path / "response.json",
    )  # fmt: skip
    assert json.loads((tmp_path / "response.json").read_text()) == {"predictions": [2.5, 3.0, 4.5]}
    run("sagemaker", "delete-endpoint", "--endpoint-name", name)
    run("sagemaker", "wait", "endpoint-deleted", "--endpoint-name", name)
    run("sagemaker", "delete-endpoint-config", "--endpoint-config-name", name)
    run("sagemaker", "delete-model", "--model-name", name)
    run("s3", "rm", url)
    assert name not in run("s3", "ls", "s3://my-sagemaker-bucket", "--recursive")
