import { useService } from '../support/service.ts';
import { ATTACKS } from './attacks.ts';
import { expectBounds } from './expect-bounds.ts';

process.env.KEY_ENVIRONMENTS = 'production';
expectBounds(useService(), 'any deployment', ATTACKS);
