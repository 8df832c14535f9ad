# Asks an endpoint with AWS's command line: sh predict.sh ENDPOINT
aws sagemaker-runtime invoke-endpoint \
    --endpoint-name "$1" \
    --content-type 'text/csv' \
    --body "$(printf '1.0,2.0,5.0\n2.0,3.0,4.0')" \
    results.json
cat results.json
