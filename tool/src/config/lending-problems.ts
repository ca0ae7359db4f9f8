/** What a handset's windows, and the devices of the board that machines are given, get wrong together. */
import { DEVICE_PAGES_MAX, DEVICE_SPIS, pagesOf, passedPages, slotsNeeded, WINDOWS_MIB_MAX, windowsMib } from '../devices/lending.ts';
import { boardDevicePages, MACHINE_DEVICES_MAX, virtioSlotsOf } from '../devices/device-machine.ts';
import { LENDINGS } from '../devices/settings.ts';
import { PAGE_BYTES } from '../image/virtual-handset.ts';
import type { Handset, Machine } from './check.ts';

/** Of the board's, in the manifest. */
const PAGES_MAX = 32;

export function lendingProblems(handset: Handset): string[] {
  const { machines } = handset;
  const problems = [...windowProblems(handset), ...machines.flatMap((machine, index) => slotProblems(machine, `machines[${String(index)}]`)), ...deviceProblems(handset)];
  const lendings = machines.reduce((sum, { lent }) => sum + 2 * (lent.windows.length + lent.devices.length), 0);
  if (lendings > LENDINGS.max) problems.push(`windows: with the board's devices they are ${String(lendings / 2)} ends; at most ${String(LENDINGS.max / 2)} can be`);
  return problems;
}

function windowProblems({ machines, windows }: Handset): string[] {
  const problems = windows.flatMap(({ name, between }, index) => {
    const field = `windows[${String(index)}]`;
    const twin = windows.findIndex((other) => other.name === name);
    return [
      ...(twin < index ? [`${field}.name: "${name}" is also the name of windows[${String(twin)}]`] : []),
      ...(between[0] === between[1] ? [`${field}.between: names "${between[0]}" twice; a window has two ends`] : []),
      ...between.flatMap((end, at) => (machines.some((machine) => machine.name === end) ? [] : [`${field}.between[${String(at)}]: there is no machine "${end}"`])),
    ];
  });
  const mib = windowsMib(windows);
  if (mib > WINDOWS_MIB_MAX) problems.push(`windows: they have ${String(mib)} MiB together; at most ${String(WINDOWS_MIB_MAX)} fit`);
  return problems;
}

/** Each end of a window takes the place of a virtio device. */
function slotProblems(machine: Machine, field: string): string[] {
  const devices = virtioSlotsOf(machine);
  const { windows } = machine.lent;
  // More devices than fit without any window are told of elsewhere.
  if (windows.length === 0 || devices > MACHINE_DEVICES_MAX || slotsNeeded(machine) <= MACHINE_DEVICES_MAX) return [];
  return [`${field}: has ${String(devices)} devices and is an end of ${String(windows.length)} windows; at most ${String(MACHINE_DEVICES_MAX)} fit together`];
}

function deviceProblems(handset: Handset): string[] {
  const { board, machines } = handset;
  const owners = new Map<number, string>();
  const problems: string[] = [];
  if (board.gic === null && machines.some(({ lent }) => lent.devices.length > 0)) {
    problems.push(`board: ${board.name} has no interrupt controller that could pass an interrupt on; leave out boardDevices`);
  }
  const ownPages = new Set(boardDevicePages(handset));
  machines.forEach(({ lent }, index) => {
    lent.devices.forEach(({ device }, at) => {
      const field = `machines[${String(index)}].boardDevices[${String(at)}]`;
      for (let page = 0; page < pagesOf(device); page += 1) {
        const number = device.address / PAGE_BYTES + page;
        const owner = ownPages.has(number) ? 'the device machine' : owners.get(number);
        if (owner !== undefined) problems.push(`${field}: ${owner} has the same registers; only one can`);
        owners.set(number, field);
      }
    });
    const pages = lent.devices.reduce((sum, { device }) => sum + pagesOf(device), 0);
    if (pages > DEVICE_PAGES_MAX || lent.devices.length > DEVICE_SPIS) problems.push(`machines[${String(index)}].boardDevices: too many; at most ${String(DEVICE_SPIS)} fit`);
  });
  const pages = passedPages(handset).length + boardDevicePages(handset).length;
  if (problems.length === 0 && pages > PAGES_MAX) {
    problems.push(`machines: with the device machine's own they have ${String(pages)} pages of the board's devices; at most ${String(PAGES_MAX)} can be`);
  }
  return problems;
}
