// Classes are structs: embedded objects, references, methods, initial values.
class Counter {
  count: u32 = 0;
  step: u32 = 2;
  add(times: u32): u32 {
    for (let i: u32 = 0; i < times; i++) this.count += this.step;
    return this.count;
  }
}
class Owner {
  readonly counter = new Counter();
  readonly many = fixedArray(Counter, 3);
  readonly bytes = fixedArray(u8, 5);
  next: Owner | null = null;
  readonly shared: Counter = common;
  enabled: boolean = true;
}
const common = new Counter();
const first = new Owner();
const second = new Owner();
const owners = fixedArrayOfReferences(Owner, 2);

// = 6
export function methods(): u32 {
  first.counter.count = 0;
  return first.counter.add(3);
}
// = 2
export function embeddedArraysAreInitialised(): u32 {
  return first.many[2].step;
}
// = 4
export function referencesShare(): u32 {
  common.count = 0;
  first.shared.add(1);
  second.shared.add(1);
  return common.count;
}
function countOf(owner: Owner | null): u32 {
  if (owner === null) return 0;
  return owner.counter.count;
}
// = 9
export function nullables(): u32 {
  second.counter.count = 9;
  first.next = second;
  const before = countOf(first.next);
  first.next = null;
  return before + countOf(first.next);
}
// = 1
export function identity(): boolean {
  owners[1] = second;
  const found = owners[1];
  return found === second && found !== first && owners[0] === null;
}
// traps
export function nonNullTraps(): u32 {
  return nonNull(owners[0]).counter.count;
}
// = 30
export function listWalk(): u32 {
  first.next = second;
  second.next = null;
  first.counter.count = 10;
  second.counter.count = 20;
  let sum: u32 = 0;
  for (let at: Owner | null = first; at !== null; at = at.next) sum += at.counter.count;
  return sum;
}
// = 1
export function initialBooleans(): boolean {
  return second.enabled;
}
