/** The registers of the virtual interrupt controller as a guest driver meets them. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Handset } from '../test/handset.ts';

const DISTRIBUTOR = 0x800_0000n;
const REDISTRIBUTORS = 0x80a_0000n;
const REDISTRIBUTOR_BYTES = 0x2_0000n;
const SGI_FRAME = 0x1_0000n;

const handset = new Handset();
beforeAll(() => handset.start());
beforeEach(() => {
  handset.reset(1, [{ on: [0, 0] }, { on: [0] }]);
  handset.call.startVcpu(0, 0x4000_0000n);
  expect(handset.enter()).toBe(0);
  for (const vcpu of [1, 2]) handset.call.startVcpu(vcpu, 0x4000_0000n);
});

const read = (offset: bigint, size = 2n): bigint => handset.load(DISTRIBUTOR + offset, size);
const write = (offset: bigint, value: bigint, size = 2n): void => handset.store(DISTRIBUTOR + offset, value, size);
const sgi = (offset: bigint): bigint => REDISTRIBUTORS + SGI_FRAME + offset;

describe('the distributor', () => {
  it('says what it is: GICv3, 96 INTIDs, one security state, affinity routing', () => {
    expect(read(0xffe8n) >> 4n).toBe(3n);
    expect(read(0x4n) & 0x1fn).toBe(2n);
    // DS and ARE.
    expect(read(0x0n)).toBe(0x50n);
  });

  it('keeps the group enables, and nothing else of CTLR', () => {
    write(0n, 0xffff_ffffn);
    expect(read(0n)).toBe(0x53n);
    write(0n, 2n);
    expect(read(0n)).toBe(0x52n);
  });

  it('has set and clear registers for the enables of SPIs, and none for those of SGIs and PPIs', () => {
    write(0x104n, 0x8000_0003n);
    write(0x184n, 0x1n);
    expect([read(0x104n), read(0x184n)]).toEqual([0x8000_0002n, 0x8000_0002n]);
    write(0x100n, 0xffff_ffffn);
    expect(read(0x100n)).toBe(0n);
    write(0x10cn, 0xffff_ffffn);
    expect(read(0x10cn)).toBe(0n);
  });

  it('keeps five bits of priority for each SPI, by byte, halfword and word', () => {
    write(0x420n, 0xff_a1_47_08n);
    expect(read(0x420n)).toBe(0xf8_a0_40_08n);
    write(0x421n, 0x20n, 0n);
    expect(read(0x420n)).toBe(0xf8_a0_20_08n);
    expect(read(0x422n, 0n)).toBe(0xa0n);
    write(0x422n, 0x1018n, 1n);
    expect(read(0x420n)).toBe(0x1018_2008n);
    expect(read(0x423n, 0n)).toBe(0x10n);
    // The last byte of a bank does not run into the next one.
    write(0x43en, 0xffff_ffffn);
    expect([read(0x43en, 1n), read(0x440n)]).toEqual([0xf8f8n, 0n]);
  });

  it('keeps the trigger of SPIs', () => {
    write(0xc08n, 0xaaaa_aaa8n);
    expect(read(0xc08n)).toBe(0xaaaa_aaa8n);
    write(0xc0cn, 0x2n);
    expect([read(0xc08n), read(0xc0cn)]).toEqual([0xaaaa_aaa8n, 2n]);
  });

  it('routes SPIs to vCPUs that exist, and the others to vCPU 0', () => {
    write(0x6000n + 8n * 40n, 1n, 3n);
    expect(read(0x6000n + 8n * 40n, 3n)).toBe(1n);
    write(0x6000n + 8n * 40n, 0x100n, 3n);
    expect(read(0x6000n + 8n * 40n, 3n)).toBe(0n);
    write(0x6000n + 8n * 95n, 1n, 3n);
    expect(read(0x6000n + 8n * 95n, 3n)).toBe(1n);
    // SGIs and PPIs have no route.
    write(0x6000n, 1n, 3n);
    expect(read(0x6000n, 3n)).toBe(0n);
  });

  it('belongs to its VM alone', () => {
    write(0x104n, 0xffn);
    // CPU_OFF until the other VM's turn comes.
    while (handset.running !== 2) handset.hypercall(0x8400_0002n);
    expect(read(0x104n)).toBe(0n);
  });
});

describe('a redistributor', () => {
  it('names its vCPU, and the last one says so', () => {
    expect(handset.load(REDISTRIBUTORS + 8n, 3n)).toBe(0n);
    expect(handset.load(REDISTRIBUTORS + REDISTRIBUTOR_BYTES + 8n, 3n)).toBe(0x1_0000_0110n);
    expect(handset.load(REDISTRIBUTORS + REDISTRIBUTOR_BYTES + 0xcn)).toBe(1n);
    expect(handset.load(REDISTRIBUTORS + 0xffe8n) >> 4n).toBe(3n);
  });

  it('is awake', () => {
    handset.store(REDISTRIBUTORS + 0x14n, 0n);
    expect(handset.load(REDISTRIBUTORS + 0x14n) & 4n).toBe(0n);
  });

  it('keeps SGIs and PPIs of its own vCPU only', () => {
    handset.store(sgi(0x100n), 0x0800_0001n);
    expect(handset.load(sgi(0x180n))).toBe(0x0800_0001n);
    expect(handset.load(sgi(0x100n) + REDISTRIBUTOR_BYTES)).toBe(0n);
    expect(read(0x100n)).toBe(0n);
    // Bank 1 is the distributor's.
    handset.store(sgi(0x104n), 0xffn);
    expect([handset.load(sgi(0x104n)), read(0x104n)]).toEqual([0n, 0n]);
  });

  it('has SGIs edge-triggered for ever, and PPIs as they are set', () => {
    handset.store(sgi(0xc00n), 0n);
    expect(handset.load(sgi(0xc00n))).toBe(0xaaaa_aaaan);
    handset.store(sgi(0xc04n), 0x8n);
    expect(handset.load(sgi(0xc04n))).toBe(8n);
  });

  it('does not answer for a vCPU that the VM does not have', () => {
    handset.registers.set('VBAR_EL1', 0x1_0000n);
    handset.load(REDISTRIBUTORS + 2n * REDISTRIBUTOR_BYTES + 8n);
    expect(handset.registers.get('ELR_EL2')).toBe(0x1_0000n + 0x200n);
    expect(handset.ownLines()[0]).toMatch(/^A: data abort .* ipa=80e0008$/);
  });
});

describe('every offset of every frame', () => {
  it.each([0n, 1n, 2n, 3n])('can be read and written with 1 << %i bytes', (size) => {
    for (let offset = 0n; offset < 0x1_0000n; offset += 0x1n << size) {
      if (offset > 0x800n && offset < 0x6000n && offset % 64n !== 0n) continue;
      if (offset > 0x6400n && offset < 0xff00n && offset % 256n !== 0n) continue;
      for (const base of [DISTRIBUTOR, REDISTRIBUTORS, REDISTRIBUTORS + SGI_FRAME, REDISTRIBUTORS + REDISTRIBUTOR_BYTES + SGI_FRAME]) {
        handset.load(base + offset, size);
        handset.store(base + offset, 0xa5a5_5a5a_a5a5_5a5an & ((1n << (8n << size)) - 1n), size);
      }
    }
    expect(handset.ownLines()).toEqual([]);
  });
});
