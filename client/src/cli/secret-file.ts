import { type FileHandle, open, unlink } from 'node:fs/promises';
import { EXIT, Exit } from './exit.ts';
import type { Io } from './io.ts';
import { print } from './print.ts';

/**
 * Creates a secret that nobody can read again, and writes it to a new file that only the user can
 * read. The file is opened first, so that no secret is created which can't be kept.
 * @param file undefined: the caller shows the secret
 * @param create creates the secret
 * @throws Exit if the file exists, as a link too, or can't be created
 */
export async function createSecret<T>(
  io: Io,
  file: string | undefined,
  create: () => Promise<T>,
  secretOf: (created: T) => string,
): Promise<T> {
  if (file === undefined) return create();
  const handle = await openNew(file);
  try {
    const created = await create().catch(async (error) => {
      await unlink(file);
      throw error;
    });
    await keep(io, handle, file, secretOf(created));
    return created;
  } finally {
    await handle.close();
  }
}

/** `wx` follows no link and overwrites nothing (open(2), O_EXCL). */
async function openNew(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'wx', 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'EEXIST' ? 'exists already' : `can't be created (${code})`;
    throw new Exit(EXIT.usage, `${file} ${why}; nothing was changed. Name a new file with --out.`);
  }
}

/** Shows the secret if the file can't hold it, because it can't be had again. */
async function keep(io: Io, handle: FileHandle, file: string, secret: string): Promise<void> {
  try {
    await handle.writeFile(`${secret}\n`);
    await handle.sync();
  } catch (error) {
    await print(io, secret);
    const { code } = error as NodeJS.ErrnoException;
    throw new Exit(
      EXIT.failed,
      `${file} can't be written (${code}), so the secret is shown above.`,
    );
  }
}
