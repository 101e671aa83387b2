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

/** Fields of an access log line. Headers, paths and queries may contain an API key by mistake. */
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

/** The HTTP API: one route per row of the route table, throttled per route, without CORS. */
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
    const created = this.createRoutes(functions);
    const deployed = new HttpStage(this, 'Stage', {
      httpApi: this.httpApi,
      autoDeploy: true,
      // Applies to each route separately.
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
    // The stage's route settings refer to routes, which must exist before it.
    deployed.node.addDependency(...created);
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-APIG4',
      reason:
        'The functions authenticate callers: administrators by the admin token, validations by the API key itself.',
    });
  }

  /**
   * Creates one integration per function. The first route of a function has the function's name as
   * its id, and keeps it: API Gateway refuses to create a route that exists under another id.
   */
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

/** Sets throttles per route, for which the `HttpStage` construct has no property. */
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
