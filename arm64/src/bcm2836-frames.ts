/**
 * Registers of the interrupt controllers of Broadcom's BCM2836 and BCM2837 (Raspberry Pi 2 and 3): LOCAL, beside the processors, which has
 * their timers and mailboxes, and ARMCTRL, which has what the graphics processor's side sends to LOCAL as one interrupt.
 * [Linux, include/linux/irqchip/irq-bcm2836.h, drivers/irqchip/irq-bcm2835.c]
 */
/** The processor that takes ARMCTRL's interrupt. */
export const LOCAL_GPU_ROUTING = 0x0c;
/** From here on a word a processor: the timers that interrupt it, and the mailboxes, a bit each. */
export const LOCAL_TIMER_CONTROL = 0x40;
export const LOCAL_MAILBOX_CONTROL = 0x50;
/** What interrupts it. */
export const LOCAL_IRQ_PENDING = 0x60;
/** Four mailboxes a processor: bits are set here, and cleared there. */
export const LOCAL_MAILBOX_SET = 0x80;
export const LOCAL_MAILBOX_CLEAR = 0xc0;

/** Bits of LOCAL_IRQ_PENDING, of which the timers are LOCAL_TIMER_CONTROL's too. */
export const LocalInterrupt = bits({
  name: 'LOCAL_IRQ_PENDING',
  fields: { CNTPNS: 1, CNTHP: 2, CNTV: 3, MAILBOX0: 4, GPU: 8 },
});

/** Words for the two banks of 32 of the graphics processor's side, and one for the eight interrupts of this side. */
export const ARMCTRL_ENABLE = 0x10;
export const ARMCTRL_DISABLE = 0x1c;
