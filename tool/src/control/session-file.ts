/**
 * By which the command line finds the handsets that run: a file for each, named after the process, which only its owner
 * may read, since it holds the token. It is removed at the end; one that outlived its process is recognised by the
 * process's number and start, and removed by whoever meets it.
 */
import { constants, rmSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { Refusal, refusing } from '../refusal.ts';
import { cacheFolder } from '../setup/cache-folder.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const OWNER_ONLY_FILE = 0o600;
const OWNER_ONLY_FOLDER = 0o700;
const OTHERS = 0o077;
/** Where a process's start stands in /proc/<pid>/stat, counted behind its name [Linux, Documentation/filesystems/proc.rst "Process-Specific Subdirectories"]. */
const START_FIELD = 19;

const recordSchema = z.object({
  pid: z.int().check(z.positive()),
  /** When the process started, in the kernel's own count; null where there is no /proc. */
  processStart: z.nullable(z.string()),
  name: z.string(),
  port: z.int().check(z.positive()),
  token: z.string(),
});
export type SessionRecord = z.infer<typeof recordSchema>;

/** The user's folder for what lasts as long as a session, or else one in the cache. */
export function sessionFolder(environment: Environment = process.env): string {
  const runtime = environment['XDG_RUNTIME_DIR'];
  return runtime ? join(runtime, 'thimble') : join(cacheFolder(environment), 'running');
}

async function processStart(pid: number): Promise<string | null> {
  const text = await readFile(`/proc/${String(pid)}/stat`, 'utf8').catch(() => null);
  return text === null ? null : (text.slice(text.lastIndexOf(')') + 2).split(' ')[START_FIELD] ?? null);
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function isRunning({ pid, processStart: start }: SessionRecord): Promise<boolean> {
  return exists(pid) && (start === null || (await processStart(pid)) === start);
}

/** The folder, made if it is not there; refused if it is open to anybody else. */
export async function ownFolder(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: OWNER_ONLY_FOLDER });
  const { mode, uid } = await stat(folder);
  if ((mode & OTHERS) !== 0 || (process.getuid && uid !== process.getuid())) {
    throw new Refusal(`${folder}: must belong to you and be open to nobody else; remove it, or run: chmod 700 ${folder}`);
  }
  return folder;
}

/** Tells of this process's handset; the result takes that back, and so does the end of the process. */
export async function announce(handset: Omit<SessionRecord, 'pid' | 'processStart'>, folder = sessionFolder()): Promise<() => void> {
  const record: SessionRecord = { pid: process.pid, processStart: await processStart(process.pid), ...handset };
  const file = join(folder, `${String(process.pid)}.json`);
  const draft = `${file}.draft`;
  await refusing(`writing ${file}`, async () => {
    await ownFolder(folder);
    await rm(draft, { force: true });
    const handle = await open(draft, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, OWNER_ONLY_FILE);
    await handle.writeFile(JSON.stringify(record)).finally(() => handle.close());
    await rename(draft, file);
  });
  const remove = (): void => {
    process.off('exit', remove);
    rmSync(file, { force: true });
  };
  process.once('exit', remove);
  return remove;
}

async function read(file: string): Promise<SessionRecord | null> {
  try {
    const parsed = recordSchema.safeParse(JSON.parse(await readFile(file, 'utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** The handsets that run, the oldest first. */
export async function runningHandsets(folder = sessionFolder()): Promise<SessionRecord[]> {
  const names = await readdir(folder).catch(() => []);
  if (names.length > 0) await ownFolder(folder);
  const records: SessionRecord[] = [];
  for (const name of names) {
    const [, pid, draft] = /^(\d+)\.json(\.draft)?$/.exec(name) ?? [];
    if (pid === undefined) continue;
    const file = join(folder, name);
    const record = draft === undefined ? await read(file) : null;
    if (record !== null && record.pid === Number(pid) && (await isRunning(record))) records.push(record);
    else if (record !== null || !exists(Number(pid))) await rm(file, { force: true });
  }
  return records.sort((one, other) => Number(one.processStart ?? one.pid) - Number(other.processStart ?? other.pid));
}
