class Plain {
  value: u32 = 0;
}
class Derived extends Plain {}
//            ^ TH1501
class Generic<T> {}
//            ^ TH1501
abstract class Abstract {}
//^ TH1501
class Members {
  constructor() {}
//^ TH1501
  get size(): u32 {
//^ TH1501
    return 1;
  }
  static shared: u32 = 0;
//^ TH1501
  #hidden: u32 = 0;
//^ TH1501
  maybe?: u32;
//^ TH1501
//^ TH1502
  late!: u32;
//^ TH1502
  changing: u32 = start();
//                ^ TH1502
  counter = 0;
//^ TH1104
  embedded = new Plain();
//^ TH1503
  readonly array = fixedArray(u32, 0);
//                                 ^ TH1507
  readonly sized = fixedArray(u32, length());
//                                 ^ TH1701
  readonly fine = fixedArray(u32, 4);
}
class Endless {
//    ^ TH1504
  readonly inner = new Endless();
}
function start(): u32 {
  return 1;
}
function length(): u32 {
  return 2;
}
export function use(a: Members): void {}
