import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ApiKeyInfo } from '../wire.ts';
import { EXIT, Exit } from './exit.ts';

const MINUTES = { m: 1, h: 60, d: 1440 };

export const ENVIRONMENTS = ['production', 'test', 'development'];

/** The options that create and update share, by the names that commander gives them. */
export interface ConfigurationOptions {
  readonly scope?: string[];
  readonly allowIp?: string[];
  readonly rateLimit?: number;
  readonly monthlyLimit?: number;
  readonly overage?: boolean;
  readonly plan?: string;
  readonly expiresInDays?: number;
  readonly useCase?: NonNullable<ApiKeyInfo['use_case']>;
}

/** Adds the options that create and update share. */
export function withConfiguration(command: Command): Command {
  return command
    .option('--scope <scope>', 'what the key may be used for; repeat for more', collect)
    .option('--allow-ip <range>', 'address or CIDR range that may use it; repeat for more', collect)
    .addOption(
      new Option('--use-case <case>', 'what it is used for').choices([
        'interactive',
        'batch',
        'internal',
        'development',
      ]),
    )
    .option('--rate-limit <n>', 'validations per hour', wholeNumber)
    .option('--monthly-limit <n>', 'predictions per month', wholeNumber)
    .option('--overage', 'accept predictions above the monthly limit')
    .option('--no-overage', 'refuse predictions above the monthly limit')
    .option('--plan <plan>', 'billing plan')
    .option('--expires-in-days <n>', 'days from now until it expires', wholeNumber);
}

/** Returns the fields of a request for the options; those that were not given are undefined. */
export function configurationOf(options: ConfigurationOptions) {
  return {
    scopes: options.scope,
    allowed_ips: options.allowIp,
    use_case: options.useCase,
    rate_limit_per_hour: options.rateLimit,
    monthly_prediction_limit: options.monthlyLimit,
    overage_allowed: options.overage,
    billing_plan: options.plan,
    expires_in_days: options.expiresInDays,
  };
}

/** Collects the values of an option that may be repeated. */
export function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}

/** @throws InvalidArgumentError, which commander reports */
export function wholeNumber(value: string): number {
  if (/^\d{1,15}$/.test(value)) return Number(value);
  throw new InvalidArgumentError('It takes a whole number.');
}

/** Returns the minutes of `90`, `90m`, `24h` or `7d`. */
export function minutes(value: string): number {
  const [, count, unit = 'm'] = /^(\d{1,6})([mhd])?$/.exec(value) ?? [];
  if (count === undefined) throw new InvalidArgumentError('It takes minutes, or 90m, 24h, 7d.');
  return Number(count) * MINUTES[unit as keyof typeof MINUTES];
}

/**
 * Returns the start of a key as the service shows it. A whole key would get into the service's URLs.
 * @throws Exit if it is longer, without the value
 */
export function maskedPrefix(value: string): string {
  if (/^hk_(live|test|dev)_[0-9A-Za-z]{0,3}(\*\*\*)?$/.test(value)) return value;
  throw new Exit(
    EXIT.usage,
    '--prefix takes at most three characters of the key, as in hk_live_AbC. To find out whose a whole key is, use explain --key-file.',
  );
}
