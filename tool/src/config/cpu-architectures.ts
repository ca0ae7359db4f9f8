/** Which of a board's CPU models run what a machine's image is built for. */
import type { Board } from '../boards/index.ts';
import type { Architecture } from '../image/kernel.ts';

/** What is wrong with a machine of that architecture on the CPU model `cpu`; null if nothing is. */
export function architectureProblem(architecture: Architecture, board: Board, cpu: string): string | null {
  if (architecture === 'arm64' || board.cpuModelsAarch32.includes(cpu)) return null;
  const able = board.cpuModels.filter((model) => board.cpuModelsAarch32.includes(model));
  return `AArch32 at EL1, which ${cpu} does not have; ${board.name} may have ${able.join(', ')}`;
}
