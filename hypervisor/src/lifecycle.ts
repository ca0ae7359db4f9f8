/**
 * How VMs start and end. A VM that is to stop or restart first has each vCPU taken off by the processor it is pinned to; the
 * last one to leave carries out the request. Nothing here waits.
 */
import { MACHINE_PAUSE, MACHINE_RESET, MACHINE_RESUME, MACHINE_START, MACHINE_STOP } from '@thimble/abi/controller-calls.ts';
import { CNTFRQ_EL0 } from '@thimble/arm64/registers-timer.ts';
import { dmbIsh, dsbIsh } from '@thimble/arm64/instructions.ts';
import * as board from './board.ts';
import * as console from './console.ts';
import * as context from './context.ts';
import * as controller from './controller.ts';
import type { Cpu } from './cpu.ts';
import * as loader from './loader.ts';
import * as mapping from './mapping.ts';
import * as scheduler from './scheduler.ts';
import { VcpuState, type Vcpu } from './vcpu.ts';
import { Request, vms, VmState, type Vm } from './vm.ts';

/** A power of two divides by a shift. */
const QUIET_LIVES_A_SECOND = 8n;

/** Starts a VM that is not running; one with virtio devices when the controller is ready for it. */
export function start(vm: Vm): void {
  if (vm.virtioPage === 0n) {
    begin(vm);
  } else {
    leaveToController(vm, false, '');
  }
}

function leaveToController(vm: Vm, hasEnded: boolean, what: string): void {
  settle(vm, hasEnded, VmState.Waits, what);
  const server = controller.machine;
  if (server !== null && vm.state === VmState.Waits) {
    // One that has ended is needed again.
    begin(server);
  }
}

/** Carries out an order: the letters of the serial line are the numbers of the controller's calls. There is none by any other letter. */
export function order(vm: Vm, letter: u32): void {
  switch (letter) {
    case MACHINE_RESET & LETTER:
    case MACHINE_STOP & LETTER:
      request(vm, letter === (MACHINE_RESET & LETTER) ? Request.Reset : Request.Off);
      break;
    case MACHINE_START & LETTER:
      start(vm);
      break;
    case MACHINE_PAUSE & LETTER:
    case MACHINE_RESUME & LETTER:
      pause(vm, letter === (MACHINE_PAUSE & LETTER));
      break;
    default:
      break;
  }
}
const LETTER = 0x7f;

/** Begins to load a VM that is not running; its first vCPU starts when that is done. */
export function begin(vm: Vm): void {
  settle(vm, false, VmState.Running, 'started');
}

/**
 * `vm`, of which no vCPU is on, is in `state` from here on, and may be asked for something; if that is Running, it loads. The console tells `what` of it.
 * Nothing happens if it runs and has not ended: somebody else has begun it. All at once, for whoever begins it too, and for `request`, which
 * would take off a vCPU that is still to be Loading; lines are in the order of what they tell. @noinline
 */
function settle(vm: Vm, hasEnded: boolean, state: VmState, what: string): void {
  const first = vm.vcpu(0);
  vm.lock.acquire();
  if (hasEnded || vm.state !== VmState.Running) {
    vm.state = state;
    vm.request = Request.None;
    vm.isPaused = false;
    if (what.length !== 0) {
      vm.reports = 0;
      console.event(vm, what);
    }
    if (state === VmState.Running) {
      loader.begin(vm);
      scheduler.setState(first, VcpuState.Loading);
    }
  }
  vm.lock.release();
  scheduler.poke(nonNull(first.cpu));
  controller.stateChanged(vm);
}

/** Asks a running VM to end or restart; a second request before the first is carried out changes nothing. */
export function request(vm: Vm, what: Request): void {
  vm.lock.acquire();
  if (vm.state === VmState.Waits && what === Request.Off) {
    // It has no vCPU on, and ends like one whose vCPUs all leave.
    vm.state = VmState.Running;
  }
  const accepted = vm.state === VmState.Running && vm.request === Request.None;
  if (accepted) {
    vm.request = what;
    vm.alive.store(vm.vcpuCount);
  }
  vm.lock.release();
  if (accepted) {
    summon(vm, true);
  }
}

/** Has the processors of `vm` look at its vCPUs, and take them off if these are `leaving`. */
function summon(vm: Vm, leaving: boolean): void {
  // The request and `alive` are there for whoever sees a vCPU's flag: its processor may be looking for another reason.
  dmbIsh();
  let vcpu = vm.lastVcpu;
  while (vcpu !== null) {
    const cpu = nonNull(vcpu.cpu);
    if (leaving) {
      vcpu.leaving = true;
    }
    // Its store is a release: who sees it sees the vCPU's flag too, and the VM's.
    scheduler.poke(cpu);
    vcpu = vcpu.previous;
  }
}

/**
 * Has a running VM's vCPUs leave their processors and stay away from them, or lets them go on. What they wait for comes to them meanwhile, and the time that
 * a Ready one is kept away is stolen like any other. Whatever ends or restarts the VM ends this too.
 */
function pause(vm: Vm, isPaused: boolean): void {
  vm.lock.acquire();
  if (vm.state === VmState.Running && vm.isPaused !== isPaused) {
    vm.isPaused = isPaused;
    console.event(vm, isPaused ? 'paused' : 'resumed');
    summon(vm, false);
  }
  vm.lock.release();
  controller.stateChanged(vm);
}

/** Takes the leaving vCPUs of `cpu` off. */
export function leave(cpu: Cpu): void {
  let vcpu = cpu.first;
  while (vcpu !== null) {
    if (vcpu.leaving) {
      vcpu.leaving = false;
      // It may have been loading. Who else does opens them anew at each step.
      mapping.closeWindows(cpu.index);
      off(cpu, vcpu);
      const vm = nonNull(vcpu.vm);
      // Adding the largest number subtracts one: AtomicU32 wraps.
      if (vm.alive.fetchAdd(0xffff_ffff) === 1) {
        complete(vm);
      }
    }
    vcpu = vcpu.next;
  }
}

/** `vcpu`, pinned to this processor and not running, is off. */
export function off(cpu: Cpu, vcpu: Vcpu): void {
  context.discard(cpu, vcpu);
  scheduler.setState(vcpu, VcpuState.Off);
}

/** All vCPUs have left. */
function complete(vm: Vm): void {
  const what = vm.request;
  if (what === Request.Reset) {
    // Lives of less than an eighth of a second go unmentioned: a VM that resets itself in a loop cannot fill the line.
    const told = wrappingSub(scheduler.now(), vm.counterOffset) >= CNTFRQ_EL0.read() / QUIET_LIVES_A_SECOND ? 'reset' : '';
    if (vm.virtioPage === 0n) {
      settle(vm, true, VmState.Running, told);
    } else {
      // What its devices still do to its memory ends first.
      leaveToController(vm, true, told);
    }
    return;
  }
  if (what === Request.Stop) {
    settle(vm, true, VmState.Stopped, '');
  } else {
    settle(vm, true, VmState.Off, 'off');
  }
  powerOffIfIdle();
}

/** A handset without a running VM, but for the controller, turns itself off. */
function powerOffIfIdle(): void {
  // This VM's state is visible before the others' are read: of two that end at once, the later one sees both.
  dsbIsh();
  for (const vm of vms) {
    if (vm.state === VmState.Waits || (vm.state === VmState.Running && !controller.is(vm))) {
      return;
    }
  }
  board.powerOff();
}
