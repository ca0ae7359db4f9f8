import { describe, expect, it } from 'vitest';
import { boards } from '../boards/index.ts';
import { commandLine, type EmulationOptions } from './command-line.ts';

const size = { board: boards['qemu-virt'], cpu: 'cortex-a53', cpus: 2, memoryMib: 1024 };

function words(options: EmulationOptions): string[] {
  return commandLine(size, { kind: 'hypervisor', file: 'h.img', deviceTree: null }, options);
}

/** What follows each `-device` and the like. */
function parts(options: EmulationOptions, name: string): string[] {
  const all = words(options);
  return all.flatMap((word, index) => (word === name ? [all[index + 1] ?? ''] : []));
}

describe("QEMU's command line", () => {
  it('has no devices unless the handset has', () => {
    expect([parts({}, '-device'), parts({}, '-drive'), parts({}, '-netdev'), parts({}, '-global')]).toEqual([[], [], [], []]);
  });

  it('puts each device on a transport of its own, of virtio 1.2', () => {
    const all = { disk: 'd.img', network: true, panel: { width: 720, height: 1440 }, entropy: true, consoles: ['a', 'b,c'] };
    expect(parts(all, '-device').sort()).toEqual([
      'virtio-blk-device,drive=disk,werror=report,rerror=report,bus=virtio-mmio-bus.0',
      'virtio-gpu-device,xres=720,yres=1440,bus=virtio-mmio-bus.1',
      'virtio-keyboard-device,bus=virtio-mmio-bus.3',
      'virtio-net-device,netdev=network,bus=virtio-mmio-bus.4',
      'virtio-rng-device,bus=virtio-mmio-bus.5',
      'virtio-serial-device,max_ports=1,id=console0-bus,bus=virtio-mmio-bus.8',
      'virtio-serial-device,max_ports=1,id=console1-bus,bus=virtio-mmio-bus.9',
      'virtio-tablet-device,bus=virtio-mmio-bus.2',
      'virtconsole,chardev=console0,bus=console0-bus.0',
      'virtconsole,chardev=console1,bus=console1-bus.0',
    ].sort());
    expect(parts(all, '-chardev').slice(1)).toEqual(['socket,id=console0,server=on,wait=off,path=a', 'socket,id=console1,server=on,wait=off,path=b,,c']);
    expect(parts(all, '-global')).toEqual(['virtio-mmio.force-legacy=false']);
    expect(parts(all, '-netdev')).toEqual(['user,id=network']);
  });

  it('takes a disk whatever its name', () => {
    expect(parts({ disk: 'a,b.img' }, '-drive')).toEqual(['if=none,id=disk,format=raw,cache=writeback,discard=unmap,file=a,,b.img']);
  });

  it('shows the panel on sockets that are files, and only where it is asked to', () => {
    const panel = { width: 720, height: 1440 };
    expect([parts({ panel }, '-vnc'), parts({ panel }, '-qmp')]).toEqual([[], []]);
    const all = { panel, panelSockets: { vnc: '/a,b/vnc', control: '/a,b/control' } };
    expect(parts(all, '-vnc')).toEqual(['unix:/a,,b/vnc,share=force-shared']);
    expect(parts(all, '-qmp')).toEqual(['unix:/a,,b/control,server=on,wait=off']);
  });

  it.each([{ disk: 'd' }, { network: true }, { entropy: true }, { consoles: ['c'] }, { panel: { width: 320, height: 320 } }])('speaks virtio 1.2 with %j alone', (options) => {
    expect(parts(options, '-global')).toEqual(['virtio-mmio.force-legacy=false']);
  });
});
