/**
 * Whether the budgets that machines were promised can all be kept: the vCPUs of one physical CPU cannot together have
 * more of each period than there is.
 *
 * Only promises are added up. A machine without a budget was promised nothing: its priority decides what it gets.
 */
import type { Handset, Machine } from './check.ts';

interface Share {
  readonly machine: string;
  readonly vcpu: number;
  readonly percent: number;
}

/** Rounding of binary fractions must not refuse three thirds. */
const PERCENT_MAX = 100 + 1e-6;

/** The physical CPU of each vCPU, dealt as the hypervisor deals them where the configuration names none. */
function placed(handset: Handset): { readonly machine: Machine; readonly vcpu: number; readonly cpu: number }[] {
  let dealt = 0;
  return handset.machines.flatMap((machine) =>
    Array.from({ length: machine.vcpus }, (_, vcpu) => {
      const pinned = machine.cpus?.[vcpu];
      if (pinned !== undefined) return { machine, vcpu, cpu: pinned };
      dealt += 1;
      return { machine, vcpu, cpu: (dealt - 1) % handset.cpus };
    }),
  );
}

function percentText(percent: number): string {
  return `${String(Math.round(percent * 10) / 10)} %`;
}

/** What is impossible about the machines' budgets, in words. */
export function budgetProblems(handset: Handset): string[] {
  const problems = handset.machines.flatMap(({ budget }, index) =>
    budget && budget.us > budget.periodUs
      ? [`machines[${String(index)}].budget: ${String(budget.us)} µs do not fit into a period of ${String(budget.periodUs)} µs; lower us or raise periodUs`]
      : [],
  );
  if (problems.length > 0) return problems;
  const shares = new Map<number, Share[]>();
  for (const { machine, vcpu, cpu } of placed(handset)) {
    const { name, budget } = machine;
    if (!budget) continue;
    const share = { machine: name, vcpu, percent: (100 * budget.us) / budget.periodUs };
    shares.set(cpu, [...(shares.get(cpu) ?? []), share]);
  }
  for (const [cpu, list] of [...shares].sort(([a], [b]) => a - b)) {
    const total = list.reduce((sum, { percent }) => sum + percent, 0);
    if (total <= PERCENT_MAX) continue;
    const parts = list.map(({ machine, vcpu, percent }) => `${machine} (vCPU ${String(vcpu)}) ${percentText(percent)}`);
    problems.push(
      `machines: the budgets on CPU ${String(cpu)} are ${percentText(total)} of it: ${parts.join(', ')}; lower budget.us, or pin a machine elsewhere with cpus`,
    );
  }
  return problems;
}
