# Deploys the model behind inference.py or inference.ts with AWS's command line alone: sh run.sh python|typescript
set -e
bucket="s3://images-example-$1"
name="images-$1"
image="763104351884.dkr.ecr.us-west-2.amazonaws.com/tensorflow-inference:2.19.0-cpu"

mkdir -p archive
cp -r ../models/brightness/1 archive/1
cp -r "$1" archive/code
tar -czf model.tar.gz -C archive 1 code
aws s3 mb "$bucket"
aws s3 cp model.tar.gz "$bucket/model.tar.gz"

aws sagemaker create-model --model-name "$name" \
    --primary-container "Image=$image,ModelDataUrl=$bucket/model.tar.gz" \
    --execution-role-arn arn:aws:iam::123456789012:role/SageMakerRole
aws sagemaker create-endpoint-config --endpoint-config-name "$name" --production-variants \
    "VariantName=TFS,ModelName=$name,InitialInstanceCount=1,InstanceType=ml.c5.xlarge"
aws sagemaker create-endpoint --endpoint-name "$name" --endpoint-config-name "$name"
aws sagemaker wait endpoint-in-service --endpoint-name "$name"

aws sagemaker-runtime invoke-endpoint --endpoint-name "$name" \
    --content-type application/x-image --body fileb://picture.png response.json
cat response.json
aws sagemaker delete-endpoint --endpoint-name "$name"
