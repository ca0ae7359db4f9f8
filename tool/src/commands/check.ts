/** `--check`: boots a handset without a terminal, and says in one line a machine that it is ready. */
import type { Handset } from '../config/check.ts';
import { DEVICE_MACHINE, hasDevices } from '../devices/device-machine.ts';
import { awaitReady, NotReady, type ReadyMachine } from '../handset/await-ready.ts';
import type { RunningHandset } from '../handset/running-handset.ts';
import { plainText } from '../terminal/plain-text.ts';
import { thousands } from './figures.ts';

const LAST_LINES = 20;
/** With this the device machine's beginning ends. */
const DEVICES_READY = 'ready';

function readyLine({ name, kernelRelease, memoryKib, seconds }: ReadyMachine, memoryMib: number): string {
  const kernel = kernelRelease === null ? '' : `Linux ${kernelRelease}, `;
  const usable = memoryKib === null ? '' : ` (${thousands(memoryKib)} KiB usable)`;
  return `${name}: ${kernel}${thousands(memoryMib)} MiB${usable}, ready in ${seconds.toFixed(1)} s\n`;
}

function failureText({ reason, consoles }: NotReady, handset: RunningHandset): string {
  const ended = [handset.hypervisor, ...consoles].map((console) => {
    const lines = console.lastLines(LAST_LINES).map((line) => `  ${plainText(line)}\n`);
    return `${console.name}, last lines:\n${lines.length > 0 ? lines.join('') : '  (it printed nothing)\n'}`;
  });
  return `thimble: ${plainText(reason)}\n${ended.join('')}`;
}

/** What the device machine said before it was ready: a volume or a device that is not there. Machines may be ready without. */
function missingText(running: RunningHandset, handset: Handset): string {
  if (!hasDevices(handset)) return '';
  const { lines } = running.console(DEVICE_MACHINE);
  const beginning = lines.slice(0, Math.max(0, lines.indexOf(DEVICES_READY)));
  return beginning.map((line) => `thimble: ${DEVICE_MACHINE}: ${plainText(line)}\n`).join('');
}

/** Waits, reports, powers off; the result is the command's exit status. */
export async function check(
  running: RunningHandset,
  handset: Handset,
  options: { readonly timeoutMs: number; readonly hypervisorBytes: number | null },
): Promise<number> {
  const memoryOf = (name: string): number => handset.machines.find((machine) => machine.name === name)?.memoryMib ?? 0;
  try {
    await awaitReady(running, handset.machines, {
      timeoutMs: options.timeoutMs,
      onReady: (machine) => process.stdout.write(readyLine(machine, memoryOf(machine.name))),
    });
    process.stderr.write(missingText(running, handset));
    if (options.hypervisorBytes !== null) {
      process.stdout.write(`hypervisor: image of ${thousands(options.hypervisorBytes)} bytes\n`);
    }
    await running.powerOff();
    return 0;
  } catch (error) {
    await running.close();
    if (!(error instanceof NotReady)) throw error;
    process.stderr.write(missingText(running, handset) + failureText(error, running));
    return 1;
  }
}
