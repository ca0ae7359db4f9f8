/** Every generated document. */
import { boardTable } from './board-table.ts';
import { controllerCallTable } from './controller-call-table.ts';
import { deviceTreeTable } from './device-tree-table.ts';
import type { GeneratedDocument } from './generated-document.ts';
import { hypercallTable } from './hypercall-table.ts';
import { registerTables } from './register-tables.ts';
import { trapTable } from './trap-table.ts';

export type { GeneratedDocument } from './generated-document.ts';

export async function generatedDocuments(): Promise<readonly GeneratedDocument[]> {
  const deviceTrees = await deviceTreeTable();
  return [await registerTables(), await trapTable(), hypercallTable(), controllerCallTable(), boardTable(), ...(deviceTrees ? [deviceTrees] : [])];
}
