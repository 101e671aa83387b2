import { Aws, Validations } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  ApiMapping,
  type CfnStage,
  DomainName,
  HttpApi,
  HttpMethod,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { type RouteFunction, routes } from '../lib/routes.ts';
import { functionSettings } from './functions.ts';
import { removalPolicyOf, type Stage } from './stages.ts';

/** One line per request. No header, no path and no query: any of them may hold a key by mistake. */
const ACCESS_LOG = {
  requestId: '$context.requestId',
  time: '$context.requestTime',
  sourceIp: '$context.identity.sourceIp',
  routeKey: '$context.routeKey',
  status: '$context.status',
  responseLength: '$context.responseLength',
  latencyMs: '$context.responseLatency',
  integrationLatencyMs: '$context.integrationLatency',
  integrationError: '$context.integrationErrorMessage',
};

/** The HTTP API: the route table on the functions, throttled per route, without CORS. */
export class Api extends Construct {
  readonly httpApi: HttpApi;
  readonly domainName: DomainName | undefined;

  constructor(scope: Construct, stage: Stage, functions: Record<RouteFunction, LambdaFunction>) {
    super(scope, 'Api');
    const { domain } = stage;
    this.domainName =
      domain &&
      new DomainName(this, 'Domain', {
        domainName: domain.name,
        certificate: Certificate.fromCertificateArn(this, 'Certificate', domain.certificateArn),
      });
    this.httpApi = new HttpApi(this, 'HttpApi', {
      apiName: Aws.STACK_NAME,
      description: `API keys, ${stage.name}`,
      createDefaultStage: false,
    });
    const made = this.createRoutes(functions);
    const deployed = new HttpStage(this, 'Stage', {
      httpApi: this.httpApi,
      autoDeploy: true,
      // Holds for each route by itself.
      throttle: {
        rateLimit: stage.throttling.admin.rate,
        burstLimit: stage.throttling.admin.burst,
      },
      accessLogSettings: {
        destination: new LogGroupLogDestination(
          new LogGroup(this, 'AccessLogs', {
            retention: stage.logRetentionDays,
            removalPolicy: removalPolicyOf(stage),
          }),
        ),
        format: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG)),
      },
    });
    if (this.domainName) {
      new ApiMapping(this, 'Mapping', {
        api: this.httpApi,
        domainName: this.domainName,
        stage: deployed,
      });
    }
    throttleRoutes(deployed, stage);
    // Its settings name the routes, which must be there first.
    deployed.node.addDependency(...made);
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-APIG4',
      reason:
        'The functions authenticate: administrators by the admin token, and validating a key is what a caller without any other credential comes for.',
    });
  }

  /** A function has one integration; its first route has the function's name as its id, as it is deployed. */
  private createRoutes(functions: Record<RouteFunction, LambdaFunction>): HttpRoute[] {
    const integrations = new Map<RouteFunction, HttpLambdaIntegration>();
    return routes.map(({ function: name, method, path }) => {
      const existing = integrations.get(name);
      const integration = existing ?? new HttpLambdaIntegration('Integration', functions[name]);
      integrations.set(name, integration);
      return new HttpRoute(this, existing ? `${name}-${method}` : name, {
        httpApi: this.httpApi,
        routeKey:
          path === '$default' ? HttpRouteKey.DEFAULT : HttpRouteKey.with(path, HttpMethod[method]),
        integration,
      });
    });
  }
}

/** Sets the throttles of single routes, for which the construct has no property. */
function throttleRoutes({ node }: HttpStage, stage: Stage): void {
  (node.defaultChild as CfnStage).routeSettings = Object.fromEntries(
    routes.flatMap(({ function: name, method, path }) => {
      const { throttling } = functionSettings[name];
      return throttling ? [[`${method} ${path}`, routeSettings(stage.throttling[throttling])]] : [];
    }),
  );
}

function routeSettings({ rate, burst }: Stage['throttling']['admin']) {
  return { ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst };
}
