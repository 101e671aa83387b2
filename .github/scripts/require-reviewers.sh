#!/usr/bin/env bash
# Fails unless a deployment to the environment waits for someone's approval. GitHub creates an
# environment that is missing, without any protection.
# Usage: require-reviewers.sh <environment>
set -euo pipefail
environment=$1

rules=$(gh api "repos/$GITHUB_REPOSITORY/environments/$environment" \
  --jq '.protection_rules[].type' || true)
if ! grep -qx required_reviewers <<<"$rules"; then
  echo "::error title=No approval::The environment $environment of this repository has no required" \
    "reviewers. Add them in its settings, see docs/operations.md#pipeline."
  exit 1
fi
