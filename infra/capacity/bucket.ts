/**
 * Makes a token bucket, full at first, which admits what it has tokens for
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html).
 * @param rate the tokens that are added in a step
 */
export function bucket(rate: number, burst: number): (offered: number) => number {
  let tokens = burst;
  return (offered) => {
    const admitted = Math.min(offered, tokens + rate);
    tokens = Math.min(burst, tokens + rate - admitted);
    return admitted;
  };
}
