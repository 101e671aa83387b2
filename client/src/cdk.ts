import { join } from 'node:path';
import { RequestAuthorizer } from 'aws-cdk-lib/aws-apigateway';
import {
  HttpLambdaAuthorizer,
  HttpLambdaResponseType,
} from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Duration, Token } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { VARIABLES } from './authorizer-environment.ts';

/** The folder of the function's bundle, from that of the CommonJS modules. */
const BUNDLE = join(__dirname, '../authorizer');

/** Longer than the client waits for the service, and as long as an HTTP API waits at most. */
const TIMEOUT = Duration.seconds(10);

/**
 * API Gateway would go on accepting a revoked key for as long as it keeps a result. The leases
 * inside the function take the place of its cache.
 */
const NO_CACHE = Duration.seconds(0);

export interface ApiKeyAuthorizerProps {
  /** The base URL of the API-key service. */
  readonly url: string;
  /** The service that the API belongs to: one of those in the settings of the API-key service. */
  readonly serviceId: string;
  /** The scope that every request needs; by default none. */
  readonly scope?: string;
  /** The environment that keys must be for; by default any that the API-key service accepts. */
  readonly environment?: string;
}

/** A Lambda function that authorizes requests to an API of API Gateway by their API keys. */
export class ApiKeyAuthorizer extends Construct {
  /** The function, for alarms and further permissions. */
  readonly function: LambdaFunction;
  /** The authorizer for routes of an HTTP API. */
  readonly httpAuthorizer: HttpLambdaAuthorizer;
  #restAuthorizer: RequestAuthorizer | undefined;

  constructor(scope: Construct, id: string, props: ApiKeyAuthorizerProps) {
    super(scope, id);
    if (!Token.isUnresolved(props.url) && !URL.canParse(props.url)) {
      throw new TypeError(`url is not a URL: ${props.url}`);
    }
    if (props.serviceId === '') throw new TypeError('serviceId must not be empty');
    this.function = new LambdaFunction(this, 'Function', {
      description: `Authorizes requests to ${props.serviceId} by their API keys`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromAsset(BUNDLE),
      memorySize: 256,
      timeout: TIMEOUT,
      logGroup: new LogGroup(this, 'Logs', { retention: RetentionDays.ONE_MONTH }),
      environment: {
        [VARIABLES.url]: props.url,
        [VARIABLES.serviceId]: props.serviceId,
        ...(props.scope !== undefined && { [VARIABLES.scope]: props.scope }),
        ...(props.environment !== undefined && { [VARIABLES.environment]: props.environment }),
      },
    });
    this.httpAuthorizer = new HttpLambdaAuthorizer(`${id}Http`, this.function, {
      responseTypes: [HttpLambdaResponseType.SIMPLE],
      resultsCacheTtl: NO_CACHE,
      // A key may be in either of two headers, and API Gateway would require all that are listed.
      identitySource: [],
    });
  }

  /** The authorizer for methods of one REST API. */
  get restAuthorizer(): RequestAuthorizer {
    // Created when it is used, because CDK rejects one that no method uses.
    this.#restAuthorizer ??= new RequestAuthorizer(this, 'Rest', {
      handler: this.function,
      resultsCacheTtl: NO_CACHE,
      identitySources: [],
    });
    return this.#restAuthorizer;
  }
}
