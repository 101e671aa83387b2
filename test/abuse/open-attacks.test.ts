import { useService } from '../support/service.ts';
import { expectBounds } from './expect-bounds.ts';
import { OPEN_ATTACKS } from './open-attacks.ts';

process.env.USAGE_AUTH = 'open';
expectBounds(useService(), 'open reports', OPEN_ATTACKS);
