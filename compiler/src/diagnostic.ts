/** One complaint about a program: what is wrong, where, and what to write instead. */
export interface Diagnostic {
  code: string;
  message: string;
  remedy: string;
  file: string;
  line: number;
  column: number;
  length: number;
}
