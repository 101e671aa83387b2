import { readFileSync } from 'node:fs';

/** The section of SECURITY.md on what is stored and logged. */
export const dataSection = readFileSync('SECURITY.md', 'utf8').split('\n## Data\n')[1] ?? '';

/** The rows of its table. */
export const dataRows = [
  ...dataSection.matchAll(/^\| ([A-Z].+?) +\| (.+?) +\| [a-z]+ +\| (.+?) +\|/gm),
].map(([, where = '', fields = '', kept = '']) => ({
  where,
  fields: [...fields.matchAll(/`([^`]+)`/g)].map(([, field = '']) => field),
  kept,
}));

const rowsOf = (where: string) => dataRows.filter((row) => row.where === where);

/** Returns the fields that the table has of a place, sorted. */
export function classifiedFields(where: string): string[] {
  return rowsOf(where)
    .flatMap(({ fields }) => fields)
    .sort();
}

/** Returns how long a place keeps them, as the table says it: one text if its rows agree. */
export function retentionsOf(where: string): string[] {
  return [...new Set(rowsOf(where).map(({ kept }) => kept))];
}
