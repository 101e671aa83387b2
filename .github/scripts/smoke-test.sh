#!/usr/bin/env bash
# Runs the conformance kit against a stage that was just deployed.
# Usage: smoke-test.sh <outputs of cdk deploy> <stack> <environment of keys> <service>
set -euo pipefail
outputs=$1 stack=$2 environment=$3 service=$4

output() {
  node -p '
    const [, file, stack, name] = process.argv;
    const value = JSON.parse(fs.readFileSync(file))[stack][name];
    if (value === undefined) throw new Error(`The stack ${stack} has no output ${name}`);
    value' "$outputs" "$stack" "$1"
}
url=$(output ApiUrl)
secret=$(output AdminTokenSecret)
ADMIN_TOKEN=$(aws secretsmanager get-secret-value --secret-id "$secret" \
  --query SecretString --output text)
echo "::add-mask::$ADMIN_TOKEN"
export ADMIN_TOKEN

if ! npm run -s conformance -- --url "$url" --environment "$environment" --service "$service"; then
  echo "::error title=Smoke test failed::$stack runs $GITHUB_REF_NAME, which does not answer as" \
    "documented. The summary of the run says how to go back."
  cat >>"$GITHUB_STEP_SUMMARY" <<END
### $stack: the smoke test failed

The stack runs $GITHUB_REF_NAME, and no later stage has been deployed. Look at the log of the smoke
test first. To go back, open the last run of this workflow that succeeded, and re-run its job that
deployed this stage: it deploys what was tested then. See "Go back" in docs/operations.md.
END
  exit 1
fi
