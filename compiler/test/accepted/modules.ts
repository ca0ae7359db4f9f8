// Names of other modules, one at a time or under the module's name.
import { Gear, speedOf } from './parts/gear-box.ts';
import * as gearBox from './parts/gear-box.ts';

// = 40
export function namedImports(): u32 {
  return speedOf(Gear.High);
}
// = 41
export function moduleNames(): u32 {
  gearBox.select(gearBox.Gear.High);
  return gearBox.speedOf(gearBox.current()) + gearBox.ONE + u32(gearBox.slots[0]);
}
