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
  type IAccessLogSettings,
  LogGroupLogDestination,
  SecurityPolicy,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { LogGroup, LogGroupClass } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { type Route, type RouteFunction, routes } from '../lib/routes.ts';
import type { StageAliases } from './aliases.ts';
import { functionSettings } from './functions.ts';
import { removalPolicyOf, type Stage } from './stages.ts';

/**
 * Fields of an access log line: enough for requests that reach no function. Those that do are in
 * the function's log too, under the same request id. Headers, paths and queries may contain an API
 * key by mistake.
 */
const ACCESS_LOG = {
  requestId: '$context.requestId',
  sourceIp: '$context.identity.sourceIp',
  routeKey: '$context.routeKey',
  status: '$context.status',
  latencyMs: '$context.responseLatency',
  integrationError: '$context.integrationErrorMessage',
};

/** The id of a function's integration, in the first of its routes. */
const INTEGRATION = 'Integration';

/** The HTTP API: the routes of the stage's functions, throttled per route, without CORS. */
export class Api extends Construct {
  readonly httpApi: HttpApi;
  readonly domainName: DomainName | undefined;

  constructor(scope: Construct, stage: Stage, aliases: StageAliases) {
    super(scope, 'Api');
    const { domain } = stage;
    this.domainName =
      domain &&
      new DomainName(this, 'Domain', {
        domainName: domain.name,
        certificate: Certificate.fromCertificateArn(this, 'Certificate', domain.certificateArn),
        securityPolicy: SecurityPolicy.TLS_1_2,
      });
    this.httpApi = new HttpApi(this, 'HttpApi', {
      apiName: Aws.STACK_NAME,
      description: `API keys, ${stage.name}`,
      createDefaultStage: false,
    });
    const created = this.createRoutes(aliases);
    const deployed = new HttpStage(this, 'Stage', {
      httpApi: this.httpApi,
      autoDeploy: true,
      // Applies to each route separately.
      throttle: {
        rateLimit: stage.throttling.admin.rate,
        burstLimit: stage.throttling.admin.burst,
      },
      accessLogSettings: stage.accessLogs ? this.accessLog(stage) : undefined,
    });
    if (this.domainName) {
      new ApiMapping(this, 'Mapping', {
        api: this.httpApi,
        domainName: this.domainName,
        stage: deployed,
      });
    }
    throttleRoutes(deployed, stage);
    if (!stage.accessLogs) {
      Validations.of(deployed).acknowledge({
        id: 'AwsSolutions-APIG1',
        reason:
          'The stage sets accessLogs to false: the functions log the requests that reach them, and metrics count the others.',
      });
    }
    // The stage's route settings refer to routes, which must exist before it.
    deployed.node.addDependency(...created);
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-APIG4',
      reason:
        'The functions authenticate callers: administrators by the admin token, validations by the API key itself.',
    });
  }

  /**
   * Creates the access log. Its class costs half, and has queries but neither metric filters nor
   * Live Tail. CloudFormation can't change the class of an existing log group:
   * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch_Logs_Log_Classes.html
   */
  private accessLog(stage: Stage): IAccessLogSettings {
    const logGroup = new LogGroup(this, 'AccessLog', {
      logGroupClass: LogGroupClass.INFREQUENT_ACCESS,
      retention: stage.logRetentionDays,
      removalPolicy: removalPolicyOf(stage),
    });
    return {
      destination: new LogGroupLogDestination(logGroup),
      format: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG)),
    };
  }

  /** Creates the routes, with one integration per function. */
  private createRoutes(aliases: StageAliases): HttpRoute[] {
    const integrations = new Map<RouteFunction, HttpLambdaIntegration>();
    const owners = new Map<RouteFunction, HttpRoute>();
    return routes.flatMap((route) => {
      const { function: name, method, path } = route;
      const called = aliases[name];
      if (!called) return [];
      const integration = integrations.get(name) ?? new HttpLambdaIntegration(INTEGRATION, called);
      integrations.set(name, integration);
      const created = new HttpRoute(this, idOf(route), {
        httpApi: this.httpApi,
        routeKey:
          path === '$default' ? HttpRouteKey.DEFAULT : HttpRouteKey.with(path, HttpMethod[method]),
        integration,
      });
      const owner = owners.get(name) ?? created;
      owners.set(name, owner);
      // Otherwise an upgrade could let API Gateway call an alias before it is permitted to.
      const permission = created.node.findChild(`${INTEGRATION}-Permission`);
      owner.node.findChild(INTEGRATION).node.addDependency(permission);
      return created;
    });
  }
}

/**
 * Returns the id of a route, which it keeps: API Gateway refuses to create a route that exists under
 * another id. The first route of a function has the function's name, others have what differs.
 */
function idOf({ function: name, method, path }: Route): string {
  const first = routes.find((route) => route.function === name);
  if (path !== first?.path) return `${name}-${method}-${path}`;
  return method === first.method ? name : `${name}-${method}`;
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
