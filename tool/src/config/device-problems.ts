/** What a handset's disk, its panel and its machines' devices get wrong together. */
import { CONSOLES_MAX, DEVICE_MACHINE, hasDevices, MACHINE_DEVICES_MAX, needsBoardDevices, virtioSlotsOf } from '../devices/device-machine.ts';
import { MIB } from '../image/virtual-handset.ts';
import type { Handset, Machine } from './check.ts';

export function deviceProblems(handset: Handset): string[] {
  const problems: string[] = [...diskProblems(handset), ...volumeProblems(handset)];
  const { board, machines } = handset;
  if (board.virtio === null && needsBoardDevices(handset)) {
    problems.push(`board: ${board.name} has no disk, panel, network, entropy or console that Thimble has a driver for; leave out disk, screen, uplink, entropy and console`);
  }
  machines.forEach((machine, index) => {
    problems.push(...machineProblems(handset, machine).map((problem) => `machines[${String(index)}]${problem}`));
  });
  return [...problems, ...consoleProblems(handset)];
}

/** Each has a transport of the board, and a socket, of its own. */
function consoleProblems({ machines }: Handset): string[] {
  const sockets = machines.map(({ console }) => console?.socket);
  const problems = sockets.flatMap((socket, index) => {
    const twin = sockets.indexOf(socket);
    return socket !== undefined && twin < index ? [`machines[${String(index)}].console.socket: "${socket}" is also that of machines[${String(twin)}]`] : [];
  });
  const count = sockets.filter((socket) => socket !== undefined).length;
  if (count > CONSOLES_MAX) problems.push(`machines: ${String(count)} have a console; at most ${String(CONSOLES_MAX)} can`);
  return problems;
}

function diskProblems({ disk }: Handset): string[] {
  const names = disk?.volumes.map(({ name }) => name) ?? [];
  return names.flatMap((name, index) => {
    const twin = names.indexOf(name);
    return twin < index ? [`disk.volumes[${String(index)}].name: "${name}" is also the name of disk.volumes[${String(twin)}]`] : [];
  });
}

/** A volume has one writer at most. */
function volumeProblems({ disk, machines }: Handset): string[] {
  const problems: string[] = [];
  const writers = new Map<string, string>();
  machines.forEach((machine, index) => {
    machine.volumes.forEach(({ name, readOnly }, at) => {
      const field = `machines[${String(index)}].volumes[${String(at)}]`;
      if (!disk?.volumes.some((volume) => volume.name === name)) problems.push(`${field}.name: there is no volume "${name}" in disk.volumes`);
      const writer = writers.get(name);
      if (!readOnly && writer !== undefined) problems.push(`${field}: ${writer} writes to "${name}" too; give all but one readOnly: true`);
      if (!readOnly) writers.set(name, machine.name);
    });
  });
  return problems;
}

function machineProblems(handset: Handset, machine: Machine): string[] {
  const problems: string[] = [];
  const devices = virtioSlotsOf(machine);
  if (devices > MACHINE_DEVICES_MAX) {
    problems.push(`: has ${String(devices)} devices (a screen is three, a simple one two, any other one); at most ${String(MACHINE_DEVICES_MAX)} fit`);
  }
  const { reserved, memoryMib } = machine;
  if (reserved.all.bytes >= memoryMib * MIB) {
    problems.push(`.memoryMib: its screen and what it shares take ${String(reserved.all.bytes / MIB)} MiB; ${String(memoryMib)} MiB leave nothing for its system`);
  }
  if (reserved.pool !== null && devices === 0) problems.push('.sharedMib: it has no device that would need it; leave it out');
  const root = machine.image.kind === 'linux' ? machine.image.root : undefined;
  if (root !== undefined && !machine.volumes.some(({ name }) => name === root)) {
    problems.push(`.image.root: "${root}" is none of the machine's volumes; add volumes: [{ name: '${root}' }]`);
  }
  machine.network?.peers?.forEach((peer, at) => {
    if (!handset.machines.some(({ name, network }) => name === peer && network !== null)) {
      problems.push(`.network.peers[${String(at)}]: there is no machine "${peer}" with a network`);
    }
  });
  if (hasDevices(handset) && machine.name === DEVICE_MACHINE) {
    problems.push(`.name: "${DEVICE_MACHINE}" is the machine that serves the others' devices; take another`);
  }
  return problems;
}
