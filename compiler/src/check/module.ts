/** What stands at the top level of a module. */
import ts from 'typescript';
import type { Context } from './context.ts';

export function checkModuleStatement(cx: Context, node: ts.Statement): void {
  if (ts.isImportDeclaration(node)) return checkImport(cx, node);
  if (ts.isExportDeclaration(node)) {
    if (node.exportClause === undefined || !ts.isNamedExports(node.exportClause)) cx.reporter.report(node, 'TH1606', 'This form of');
    return;
  }
  if (ts.isExportAssignment(node)) return cx.reporter.report(node, 'TH1606', 'A default');
  if (ts.isVariableStatement(node)) {
    const { declarationList } = node;
    if ((declarationList.flags & (ts.NodeFlags.Let | ts.NodeFlags.Const)) === 0) cx.reporter.report(node, 'TH1601', '`var`', 'Write `const` or `let`.');
    for (const one of declarationList.declarations) declareName(cx, one.name);
    return;
  }
  if (ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node) || ts.isEnumDeclaration(node) || ts.isInterfaceDeclaration(node)) {
    const modifiers = ts.getModifiers(node) ?? [];
    if (modifiers.some((one) => one.kind === ts.SyntaxKind.DefaultKeyword)) cx.reporter.report(node, 'TH1606', 'A default');
    const odd = modifiers.find((one) => one.kind === ts.SyntaxKind.DeclareKeyword || one.kind === ts.SyntaxKind.ConstKeyword);
    if (odd !== undefined) cx.reporter.report(odd, 'TH1601', `\`${odd.getText()}\``, 'Declare it plainly.');
    if (ts.isClassDeclaration(node) && ts.getDecorators(node) !== undefined) cx.reporter.report(node, 'TH1001', 'A decorator', 'Call a function.');
    if (node.name !== undefined) declareName(cx, node.name);
    return;
  }
  if (ts.isTypeAliasDeclaration(node)) return checkAlias(cx, node);
  if (ts.isEmptyStatement(node)) return;
  const what = ts.isModuleDeclaration(node) ? 'A namespace' : 'A statement';
  cx.reporter.report(node, 'TH1601', what, 'Modules hold declarations; put statements into a function.');
}

function declareName(cx: Context, name: ts.BindingName): void {
  const symbol = ts.isIdentifier(name) ? cx.checker.getSymbolAtLocation(name) : undefined;
  if (symbol !== undefined) cx.declarationOf(symbol);
  else cx.reporter.report(name, 'TH1001', 'Destructuring', 'Declare one name at a time.');
}

function checkImport(cx: Context, node: ts.ImportDeclaration): void {
  const clause = node.importClause;
  if (clause === undefined) cx.reporter.report(node, 'TH1606', 'An import for effects only:');
  else if (clause.name !== undefined) cx.reporter.report(node, 'TH1606', 'A default');
}

/** A brand declares itself where it is used; any other alias is checked here, used or not. */
function checkAlias(cx: Context, node: ts.TypeAliasDeclaration): void {
  const isBrand = ts.isTypeReferenceNode(node.type) && cx.libraryName(cx.symbolOf(node.type.typeName)) === 'Brand';
  if (!isBrand) cx.typeOf(node.type);
}
