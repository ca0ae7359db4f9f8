/**
 * QEMU's command line for a board.
 */
import type { Board } from '../boards/index.ts';
import { Transport } from '../devices/device-machine.ts';
import type { PanelPaths } from './panel-sockets.ts';

export interface BoardSize {
  readonly board: Board;
  readonly cpu: string;
  readonly cpus: number;
  readonly memoryMib: number;
}

export interface EmulationOptions {
  /** Counts instructions: the clock advances 1 ns an instruction, one CPU after the other. */
  readonly countInstructions?: boolean | undefined;
  /** Where gdb may connect, on the loopback interface. */
  readonly gdbPort?: number | undefined;
  /** Waits for gdb before the first instruction. */
  readonly paused?: boolean | undefined;
  /** The file of the handset's disk, on the board's first virtio-mmio transport. */
  readonly disk?: string | undefined;
  /** Whether the board is on a network: QEMU's own, of which only this computer's outgoing connections are real. */
  readonly network?: boolean | undefined;
  /** The handset's panel, in pixels, with a touch screen and a keyboard. */
  readonly panel?: { readonly width: number; readonly height: number } | undefined;
  /** Whether the board gives random numbers. */
  readonly entropy?: boolean | undefined;
  /** The Unix sockets of machines' consoles. */
  readonly consoles?: readonly string[] | undefined;
  /** Where the panel can be seen, touched and photographed from outside. */
  readonly panelSockets?: PanelPaths | undefined;
  /** Anything else, in QEMU's own words. */
  readonly extraArguments?: readonly string[] | undefined;
}

export interface LoadedFile {
  readonly file: string;
  readonly address: number;
}

export type BootFiles =
  /** `deviceTree` is the board's, where QEMU makes none. */
  | { readonly kind: 'hypervisor'; readonly file: string; readonly deviceTree: string | null }
  /** No hypervisor: the files as they are at their addresses, and the first CPU at `entry`, EL1. */
  | { readonly kind: 'native'; readonly files: readonly LoadedFile[]; readonly entry: number };

function hex(address: number): string {
  return `0x${address.toString(16)}`;
}

function bootArguments(boot: BootFiles): string[] {
  if (boot.kind === 'hypervisor') return ['-kernel', boot.file, ...(boot.deviceTree === null ? [] : ['-dtb', boot.deviceTree])];
  return [
    ...boot.files.flatMap(({ file, address }) => ['-device', `loader,file=${file},addr=${hex(address)},force-raw=on`]),
    ...['-device', `loader,addr=${hex(boot.entry)},cpu-num=0`],
  ];
}

function machineOf(board: Board, boot: BootFiles): string {
  if (boot.kind === 'hypervisor') return board.machine;
  if (board.machineNative === null) throw new Error(`${board.name} is never started without the hypervisor`);
  return board.machineNative;
}

/**
 * What the guest flushes is on the file's own storage when QEMU says so. A file that cannot be written, for want of space above all, is an I/O error
 * for whoever writes: as QEMU does by itself, everybody would stand still.
 */
function diskArguments(file: string): string[] {
  return [
    ...['-drive', `if=none,id=disk,format=raw,cache=writeback,discard=unmap,file=${file.replaceAll(',', ',,')}`],
    ...device('virtio-blk-device,drive=disk,werror=report,rerror=report', Transport.Disk),
  ];
}

function panelArguments({ width, height }: { readonly width: number; readonly height: number }): string[] {
  return [
    ...device(`virtio-gpu-device,xres=${String(width)},yres=${String(height)}`, Transport.Panel),
    ...device('virtio-tablet-device', Transport.Tablet),
    ...device('virtio-keyboard-device', Transport.Keyboard),
  ];
}

/** A virtio console with one port, whose other end is a socket that whoever comes first is connected to. */
function consoleArguments(socket: string, index: number): string[] {
  const id = `console${String(index)}`;
  return [
    ...['-chardev', `socket,id=${id},server=on,wait=off,path=${socket.replaceAll(',', ',,')}`],
    ...device(`virtio-serial-device,max_ports=1,id=${id}-bus`, Transport.Console + index),
    ...['-device', `virtconsole,chardev=${id},bus=${id}-bus.0`],
  ];
}

/** What the device machine drives. */
function deviceArguments({ network, disk, panel, entropy, consoles = [] }: EmulationOptions): string[] {
  const devices = [
    ...(network ? ['-netdev', 'user,id=network', ...device('virtio-net-device,netdev=network', Transport.Network)] : []),
    ...(disk === undefined ? [] : diskArguments(disk)),
    ...(panel === undefined ? [] : panelArguments(panel)),
    ...(entropy ? device('virtio-rng-device', Transport.Entropy) : []),
    ...consoles.flatMap(consoleArguments),
  ];
  return devices.length === 0 ? [] : ['-global', 'virtio-mmio.force-legacy=false', ...devices];
}

/** Whoever connects shares the panel with whoever else has. */
function socketArguments({ vnc, control }: PanelPaths): string[] {
  const path = (file: string): string => `unix:${file.replaceAll(',', ',,')}`;
  return ['-vnc', `${path(vnc)},share=force-shared`, '-qmp', `${path(control)},server=on,wait=off`];
}

function device(what: string, transport: number): string[] {
  return ['-device', `${what},bus=virtio-mmio-bus.${String(transport)}`];
}

/** The serial line is QEMU's standard input and output, as raw bytes. */
export function commandLine(size: BoardSize, boot: BootFiles, options: EmulationOptions = {}): string[] {
  const { board } = size;
  return [
    ...['-machine', machineOf(board, boot)],
    ...['-cpu', size.cpu, '-smp', String(size.cpus), '-m', `${String(size.memoryMib)}M`],
    ...['-accel', options.countInstructions ? 'tcg' : 'tcg,thread=multi'],
    ...(options.countInstructions ? ['-icount', 'shift=0,sleep=off', '-seed', '1'] : []),
    ...['-nodefaults', '-no-user-config', '-display', 'none'],
    ...['-chardev', 'stdio,id=serial,signal=off'],
    ...Array.from({ length: board.serial }, () => ['-serial', 'null']).flat(),
    ...['-serial', 'chardev:serial'],
    ...(options.gdbPort === undefined ? [] : ['-gdb', `tcp:127.0.0.1:${String(options.gdbPort)}`]),
    ...(options.paused ? ['-S'] : []),
    ...deviceArguments(options),
    ...(options.panelSockets === undefined ? [] : socketArguments(options.panelSockets)),
    ...board.arguments,
    ...(options.extraArguments ?? []),
    ...bootArguments(boot),
  ];
}
