/**
 * The whole device machine, callable from the tests: it is opened, and then takes one turn after the other. Nothing here decides anything;
 * every function is a door to one of its own.
 */
import * as compositor from '../../src/compositor.ts';
import * as main from '../../src/main.ts';
import * as settings from '../../src/settings.ts';

export function open(): void {
  main.open();
}
export function turn(): boolean {
  return main.turn();
}

export function isOverview(): boolean {
  return compositor.isOverview;
}
export function focus(): u32 {
  return compositor.focus;
}
export function placeAt(x: u32, y: u32): u32 {
  return compositor.placeAt(x, y);
}

export function settingsAreValid(): boolean {
  return settings.isValid();
}
export function deviceWord(index: u32, which: u32): u64 {
  switch (which) {
    case 0:
      return settings.deviceAddress(index);
    case 1:
      return u64(settings.deviceType(index));
    case 2:
      return u64(settings.deviceParameter(index));
    case 3:
      return u64(settings.deviceInterrupt(index));
    default:
      return u64(settings.deviceIntid(index));
  }
}
export function machineWord(index: u32, which: u32): u32 {
  switch (which) {
    case 0:
      return settings.machineMib(index);
    case 1:
      return settings.machineNetwork(index);
    default:
      return settings.machinePeers(index);
  }
}
export function slotWord(index: u32, slot: u32, which: u32): u32 {
  switch (which) {
    case 0:
      return settings.slotType(index, slot);
    case 1:
      return settings.slotFlags(index, slot);
    default:
      return settings.slotParameter(index, slot);
  }
}
export function machineNameAt(index: u32): u64 {
  return settings.machineName(index);
}
export function volumeNameAt(index: u32): u64 {
  return settings.volumeName(index);
}
