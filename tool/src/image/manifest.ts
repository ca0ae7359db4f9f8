/**
 * The manifest: a device tree of one level that tells the hypervisor its machines. docs/abi.md §2 is its definition.
 */
import { flatten, node, type PropertyValue, type TreeNode } from './device-tree.ts';
import type { MachineImage } from './machine-image.ts';

export const MANIFEST_COMPATIBLE = 'thimble,manifest-1';

/** Where a piece of content lies in the file. */
export type OffsetOf = (content: Buffer) => number;

function machineNode(machine: MachineImage, offsetOf: OffsetOf): TreeNode {
  const { tree } = machine;
  const properties: Record<string, PropertyValue> = {
    'memory-mib': [machine.memoryMib],
    vcpus: [machine.vcpus],
    ...(machine.architecture === 'arm' && { aarch32: true }),
    ...(machine.cpus && { cpus: machine.cpus }),
    priority: [machine.priority],
    ...(machine.budget && { 'budget-us': [machine.budget.us], 'period-us': [machine.budget.periodUs] }),
    ...(machine.hideStolenTime && { 'hide-stolen-time': true }),
    ...(machine.virtioSlots && { 'virtio-slots': [machine.virtioSlots] }),
    ...(machine.shared && { shared: [machine.shared.ipa, machine.shared.mib] }),
    segments: machine.segments.flatMap(({ bytes, ipa }) => [offsetOf(bytes), bytes.length, ipa]),
    entry: [machine.entryIpa],
    ...(tree && {
      'device-tree-gicv2': [offsetOf(tree.gicv2), tree.gicv2.length],
      'device-tree-gicv3': [offsetOf(tree.gicv3), tree.gicv3.length],
      'device-tree': [tree.ipa],
      seed: [tree.seedIpa],
    }),
  };
  return node(machine.name, properties);
}

/** The manifest's bytes; their number does not depend on what `offsetOf` and `fileBytes` say. */
export function manifest(machines: readonly MachineImage[], fileBytes: number, offsetOf: OffsetOf): Buffer {
  const controller = machines.findIndex((machine) => Boolean(machine.controller));
  const devices = machines[controller]?.controller?.devices ?? [];
  return flatten(
    node(
      '',
      {
        compatible: MANIFEST_COMPATIBLE,
        'file-bytes': [fileBytes],
        ...(controller >= 0 && { controller: [controller], devices: devices.flatMap(({ page, intid }) => [page, intid]) }),
      },
      machines.map((machine) => machineNode(machine, offsetOf)),
    ),
  );
}
