#!/usr/bin/env bash
# Writes into the run's summary what the deployment of a stack would change.
# Usage: summarize-diff.sh <stack>
set -euo pipefail
stack=$1
diff=$(mktemp)

# Compares the templates: a change set would need the role that deploys.
npx cdk diff --app cdk.out --method template --no-color "$stack" 2>&1 | tee "$diff"

{
  echo "### Changes of $stack"
  echo '~~~~text'
  # Leaves out that the lookup role was not assumed, which is intended; a summary may have 1 MiB.
  head -c 900000 "$diff" | sed '/-lookup-role-/d'
  echo
  echo '~~~~'
} >>"$GITHUB_STEP_SUMMARY"
