import { readFileSync } from 'node:fs';

const FENCE = /^```(\w*)\n([\s\S]*?)^```$/gm;

/** Returns the fenced code blocks of a language, in their order. */
export function codeBlocks(file: string, language: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(FENCE)].flatMap(([, tag, code = '']) =>
    tag === language ? [code] : [],
  );
}

/** Returns the shell blocks, each with the `text` block that follows as its output. */
export function outputBlocks(file: string): { code: string; output: string }[] {
  const blocks: { code: string; output: string }[] = [];
  for (const [, tag, code = ''] of readFileSync(file, 'utf8').matchAll(FENCE)) {
    const last = blocks.at(-1);
    if (tag === 'sh') blocks.push({ code, output: '' });
    else if (tag === 'text' && last) last.output = code;
  }
  return blocks;
}

/** Returns the targets of all links in the text, code excluded. */
export function linksIn(file: string): string[] {
  return [...proseOf(file).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
}

/** Returns the anchors of all headings, as GitHub makes them. */
export function anchorsIn(file: string): string[] {
  const headings = readFileSync(file, 'utf8')
    .replace(FENCE, '')
    .matchAll(/^#{1,6} (.+)$/gm);
  return [...headings].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  );
}

function proseOf(file: string): string {
  return readFileSync(file, 'utf8')
    .replace(FENCE, '')
    .replace(/`[^`\n]*`/g, '');
}
