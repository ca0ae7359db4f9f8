/** `thimble documents`: writes the documents that are made from the sources. */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { projectRoot } from '../project.ts';

function contentOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

async function documents(): Promise<void> {
  // It reads the sources with the compiler, which no other command is to wait for.
  const { generatedDocuments } = await import('../documents/index.ts');
  for (const { path, text } of await generatedDocuments()) {
    const file = resolve(projectRoot, path);
    const isCurrent = contentOf(file) === text;
    if (!isCurrent) writeFileSync(file, text);
    process.stdout.write(`${path}: ${isCurrent ? 'up to date' : 'written'}\n`);
  }
}

export function documentsCommand(): Command {
  return new Command('documents').description('write the documents that are made from the sources').action(documents);
}
