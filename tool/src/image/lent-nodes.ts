/** What a machine is lent, as nodes of its device tree: windows to other machines, and devices of the board. */
import type { Lent, LentDevice, LentWindow } from '../devices/lending.ts';
import { pagesOf } from '../devices/lending.ts';
import { cells64, node, type PropertyValue, type TreeNode } from './device-tree.ts';
import { PAGE_BYTES, VIRTIO } from './virtual-handset.ts';

const SPI = 0;
const EDGE_RISING = 1;
const LEVEL_HIGH = 4;

/** The memory, and the registers by which the other end is rung: a word, of any value, at `thimble,notify` in the second range. */
function windowNode({ name, ipa, bytes, slot }: LentWindow): TreeNode {
  const registers = VIRTIO.base + slot * VIRTIO.bytesEach;
  return node(`window@${ipa.toString(16)}`, {
    compatible: ['thimble,window', 'generic-uio'],
    label: name,
    reg: [...cells64(ipa), ...cells64(bytes), ...cells64(registers), ...cells64(VIRTIO.bytesEach)],
    'reg-names': ['memory', 'doorbell'],
    interrupts: [SPI, VIRTIO.spi + slot, EDGE_RISING],
    'thimble,notify': [VIRTIO.notify],
    'dma-coherent': true,
  });
}

function deviceNode({ device, ipa, spi }: LentDevice, clock: number): TreeNode {
  const properties: Record<string, PropertyValue> = { ...device.properties };
  return node(`${device.name}@${ipa.toString(16)}`, {
    compatible: [...device.compatible],
    reg: [...cells64(ipa), ...cells64(pagesOf(device) * PAGE_BYTES)],
    interrupts: [SPI, spi, LEVEL_HIGH],
    // Linux' bus for the devices of Arm's does not look at one without.
    ...(device.compatible.includes('arm,primecell') && { clocks: [clock], 'clock-names': 'apb_pclk' }),
    ...properties,
  });
}

/** `clock` is the phandle of the one that the handset's own devices have. */
export function lentNodes({ windows, devices }: Lent, clock: number): TreeNode[] {
  return [...windows.map(windowNode), ...devices.map((device) => deviceNode(device, clock))];
}
