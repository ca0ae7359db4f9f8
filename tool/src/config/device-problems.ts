/** What a handset's disk and its machines' devices get wrong together. */
import type { Handset } from './check.ts';

export function deviceProblems(handset: Handset): string[] {
  const problems: string[] = [];
  const { board, disk, machines } = handset;
  const names = disk?.volumes.map(({ name }) => name) ?? [];
  names.forEach((name, index) => {
    const twin = names.indexOf(name);
    if (twin < index) problems.push(`disk.volumes[${String(index)}].name: "${name}" is also the name of disk.volumes[${String(twin)}]`);
  });
  if (disk && board.virtio === null) problems.push(`disk: ${board.name} has no device that a disk could be; leave it out`);
  const writers = new Map<string, string>();
  machines.forEach((machine, index) => {
    machine.volumes.forEach(({ name, readOnly }, at) => {
      const field = `machines[${String(index)}].volumes[${String(at)}]`;
      if (!names.includes(name)) problems.push(`${field}.name: there is no volume "${name}" in disk.volumes`);
      const writer = writers.get(name);
      if (!readOnly && writer !== undefined) problems.push(`${field}: ${writer} writes to "${name}" too; give all but one readOnly: true`);
      if (!readOnly) writers.set(name, machine.name);
    });
    machine.network?.peers?.forEach((peer, at) => {
      if (!machines.some(({ name, network }) => name === peer && network !== null)) {
        problems.push(`machines[${String(index)}].network.peers[${String(at)}]: there is no machine "${peer}" with a network`);
      }
    });
    if (disk && machine.name === 'devices') problems.push(`machines[${String(index)}].name: "devices" is the machine that serves the disk; take another`);
  });
  return problems;
}
