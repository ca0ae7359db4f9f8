/**
 * The device machine: it owns the handset's physical devices and serves virtio devices to the other machines. One loop waits for an interrupt
 * and does what it asks for; nothing is done periodically. What a machine may have served at a time is bounded: the rest waits until the others
 * have had their turn.
 */
import { CHANGED, DOORBELL_INTID, MACHINE_PAUSED, MACHINE_RUNNING, MACHINE_WAITS, SLOTS_MAX } from '@thimble/abi/slot-layout.ts';
import { hvc, wfi } from '@thimble/arm64/instructions.ts';
import * as blockDevice from './block-device.ts';
import * as boardClock from './board-clock.ts';
import * as compositor from './compositor.ts';
import * as consoleDevice from './console-device.ts';
import * as consolePort from './console-port.ts';
import * as disk from './disk.ts';
import * as entropyDevice from './entropy-device.ts';
import * as entropySource from './entropy-source.ts';
import * as hands from './hands.ts';
import * as hypervisor from './hypervisor.ts';
import * as inputDevice from './input-device.ts';
import * as interrupts from './interrupts.ts';
import { MACHINES_MAX } from './limits.ts';
import * as lending from './lending.ts';
import * as log from './log.ts';
import * as machine from './machine.ts';
import * as meters from './meters.ts';
import * as networkDevice from './network-device.ts';
import * as orders from './orders.ts';
import * as panel from './panel.ts';
import * as screenDevice from './screen-device.ts';
import * as servedDevice from './served-device.ts';
import type { ServedDevice } from './served-device.ts';
import * as settings from './settings.ts';
import * as simpleScreen from './simple-screen.ts';
import * as uplink from './uplink.ts';

const SYSTEM_OFF = 0x8400_0008n;
/** Machines of the settings, which are the manifest's. */
let machineCount: u32 = 0;
/** Each waits to be started until nothing of its former life is under way. */
const starting = fixedArray(bool, MACHINES_MAX);

export function main(): never {
  interrupts.open();
  if (!settings.isValid()) {
    log.line('these settings are not for this program');
    hvc(SYSTEM_OFF, 0n, 0n, 0n);
  }
  open();
  while (true) {
    if (!turn()) {
      wfi();
    }
  }
}

/** Takes the physical devices into use, and shows the machines theirs. */
export function open(): void {
  openDevices();
  blockDevice.open();
  for (let i: u32 = 0; i < MACHINES_MAX; i += 1) {
    if (settings.machineMib(i) !== 0) {
      machineCount = i + 1;
      openMachine(i);
    }
  }
  meters.open();
  compositor.open();
  interrupts.enable(DOORBELL_INTID);
  log.line('ready');
  orders.open();
  lookAround();
}

/** Deals with one interrupt, or with what was left to do. False if there is nothing. */
export function turn(): boolean {
  const intid = interrupts.take();
  if (intid < interrupts.NONE) {
    if (intid === DOORBELL_INTID) {
      lookAround();
    } else if (intid === meters.TIMER_INTID) {
      meters.look();
    } else if (intid === simpleScreen.TIMER_INTID) {
      simpleScreen.look();
    } else if (intid === orders.INTID) {
      orders.take();
      wake();
    } else {
      deviceInterrupt(intid);
    }
    return true;
  }
  if (!isWaiting) {
    return false;
  }
  if (hasMoreFrames) {
    hasMoreFrames = networkDevice.receive();
  }
  lookAround();
  return true;
}
/** Something was left to do. */
let isWaiting: boolean = false;
let hasMoreFrames: boolean = false;

/** Takes the physical devices of the settings into use. */
function openDevices(): void {
  for (let i: u32 = 0; i < settings.DEVICES_MAX; i += 1) {
    const type = settings.deviceType(i);
    if (type !== settings.TYPE_NONE) {
      if (openDevice(i, type)) {
        interrupts.enable(settings.deviceIntid(i));
        // It may have come, and not been ended, in a former life of ours.
        hypervisor.endInterrupt(settings.deviceInterrupt(i));
      } else {
        log.text('no device of type ');
        log.decimal(u64(type));
        log.field('answers at', settings.deviceAddress(i));
        log.end();
      }
    }
  }
}

function openDevice(index: u32, type: u32): boolean {
  switch (type) {
    case settings.TYPE_BLOCK:
      return disk.open(index);
    case settings.TYPE_NETWORK:
      return uplink.open(index);
    case settings.TYPE_GPU:
      return panel.open(index);
    case settings.TYPE_ENTROPY:
      return entropySource.open(index);
    case settings.TYPE_CLOCK:
      return boardClock.open(index);
    case settings.TYPE_CONSOLE:
      return consolePort.of(settings.deviceParameter(index)).open(index);
    case settings.TYPE_INPUT:
      return hands.open(index, settings.deviceParameter(index) === settings.INPUT_KEYBOARD);
    default:
      return false;
  }
}

/** Shows machine `index` its devices. */
function openMachine(index: u32): void {
  const state = hypervisor.machineState(index);
  const isRunning = state === MACHINE_RUNNING || state === MACHINE_PAUSED;
  // We may have crashed after we were told.
  starting[index] = state === MACHINE_WAITS;
  if (!boardClock.show(index)) {
    machine.logAbout(index);
    log.line('clock: not there');
  }
  if (settings.pictureAddress(index) !== 0n) {
    openPicture(index);
  }
  lending.lend(index);
  for (let slot: u32 = 0; slot < SLOTS_MAX; slot += 1) {
    const device = servedDevice.at(index, slot);
    device.machine = index;
    device.slot = slot;
    device.type = settings.slotType(index, slot);
    if (device.type !== settings.TYPE_NONE) {
      if (!describe(device)) {
        machine.logAbout(index);
        log.text('virtio device ');
        log.decimal(u64(slot));
        log.line(': not there');
        device.type = settings.TYPE_NONE;
        device.show();
      } else if (isRunning) {
        device.restore();
      } else {
        device.show();
      }
    }
  }
}

/** It has a screen in its RAM. */
function openPicture(index: u32): void {
  if (panel.width !== 0 && simpleScreen.open(index)) {
    compositor.add(index);
  } else {
    machine.logAbout(index);
    log.line('simple screen: not there');
  }
}

function describe(device: ServedDevice): boolean {
  switch (device.type) {
    case settings.TYPE_BLOCK:
      return blockDevice.describe(device);
    case settings.TYPE_NETWORK:
      return networkDevice.describe(device);
    case settings.TYPE_GPU:
      if (panel.width === 0) {
        return false;
      }
      compositor.add(device.machine);
      return screenDevice.describe(device);
    case settings.TYPE_INPUT:
      return inputDevice.describe(device);
    case settings.TYPE_ENTROPY:
      return entropyDevice.describe(device);
    case settings.TYPE_CONSOLE:
      return consoleDevice.describe(device);
    default:
      return false;
  }
}

/** Something happens: what is looked at now and then is looked at again. */
function wake(): void {
  meters.wake();
  simpleScreen.wake();
}

/** Machines that wait to be started, registers that were written, queues that were notified. */
function lookAround(): void {
  wake();
  isWaiting = hasMoreFrames;
  for (let i: u32 = 0; i < machineCount; i += 1) {
    if (settings.machineMib(i) !== 0) {
      const word = machine.pageOf(i) + u64(CHANGED);
      if (mmio.read32(word) !== 0) {
        mmio.write32(word, 0);
        stateChanged(i);
      }
      for (let slot: u32 = 0; slot < SLOTS_MAX; slot += 1) {
        lookAt(servedDevice.at(i, slot));
      }
      startIfQuiet(i);
    }
  }
}

/** Asked for after the word that tells of it was cleared: what comes later is told again. */
function stateChanged(index: u32): void {
  starting[index] = starting[index] || hypervisor.machineState(index) === MACHINE_WAITS;
  compositor.stateChanged(index);
}

function lookAt(device: ServedDevice): void {
  // Whoever writes where there is no device is to go on as well.
  device.takeWritten();
  // One that is not running keeps its notifications until it is.
  if (device.type !== settings.TYPE_NONE && device.isRunning() && (device.takeNotified() !== 0 || device.isWaiting)) {
    serve(device);
    isWaiting = isWaiting || device.isWaiting;
  }
}

function serve(device: ServedDevice): void {
  switch (device.type) {
    case settings.TYPE_BLOCK:
      blockDevice.serve(device);
      break;
    case settings.TYPE_NETWORK:
      networkDevice.serve(device);
      break;
    case settings.TYPE_GPU:
      screenDevice.serve(device);
      break;
    case settings.TYPE_INPUT:
      inputDevice.serve(device);
      break;
    case settings.TYPE_ENTROPY:
      entropyDevice.serve(device);
      break;
    case settings.TYPE_CONSOLE:
      consoleDevice.serve(device);
      break;
    default:
      break;
  }
}

/** Starts machine `index`, if it was to be started, still waits for it, and nothing writes to its memory any more. */
function startIfQuiet(index: u32): void {
  if (!starting[index]) {
    return;
  }
  for (let slot: u32 = 0; slot < SLOTS_MAX; slot += 1) {
    if (servedDevice.at(index, slot).underWay !== 0) {
      return;
    }
  }
  for (let slot: u32 = 0; slot < SLOTS_MAX; slot += 1) {
    const device = servedDevice.at(index, slot);
    if (device.type !== settings.TYPE_NONE) {
      device.show();
    }
  }
  simpleScreen.clear(index);
  lending.lend(index);
  starting[index] = false;
  // It may have been stopped since.
  if (hypervisor.machineState(index) === MACHINE_WAITS) {
    hypervisor.start(index);
  }
}

function deviceInterrupt(intid: u32): void {
  if (hands.interrupt(intid)) {
    wake();
    orders.report();
  }
  if (uplink.interruptsBy(intid)) {
    wake();
    hasMoreFrames = networkDevice.receive();
    isWaiting = isWaiting || hasMoreFrames;
  }
  if (panel.interruptsBy(intid)) {
    panel.interrupt();
  }
  if (disk.interruptsBy(intid)) {
    disk.acknowledge();
    blockDevice.complete();
    if (blockDevice.takeStarved()) {
      serveAll(settings.TYPE_BLOCK);
    }
  }
  if (entropySource.interruptsBy(intid)) {
    serveAll(settings.TYPE_ENTROPY);
  }
  if (consolePort.interruptBy(intid)) {
    serveAll(settings.TYPE_CONSOLE);
  }
  for (let i: u32 = 0; i < settings.DEVICES_MAX; i += 1) {
    if (settings.deviceType(i) !== settings.TYPE_NONE && settings.deviceIntid(i) === intid) {
      hypervisor.endInterrupt(settings.deviceInterrupt(i));
    }
  }
  for (let i: u32 = 0; i < machineCount; i += 1) {
    startIfQuiet(i);
  }
}

/**
 * Serves whoever may wait for a device of the board, beginning with another machine each time, so that none takes what comes free before all others.
 */
function serveAll(type: u32): void {
  firstServed = (firstServed + 1) % machineCount;
  for (let i: u32 = 0; i < machineCount; i += 1) {
    for (let slot: u32 = 0; slot < SLOTS_MAX; slot += 1) {
      const device = servedDevice.at((firstServed + i) % machineCount, slot);
      if (device.type === type && device.isRunning()) {
        serve(device);
        isWaiting = isWaiting || device.isWaiting;
      }
    }
  }
}
let firstServed: u32 = 0;
