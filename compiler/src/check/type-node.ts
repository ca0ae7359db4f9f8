/** Type annotations to types. */
import ts from 'typescript';
import { booleanType, errorType, integer, isIntegerName, neverType, stringType, voidType, type Type } from '../model/types.ts';
import type { Context } from './context.ts';

export function typeOf(cx: Context, node: ts.TypeNode): Type {
  switch (node.kind) {
    case ts.SyntaxKind.BooleanKeyword:
      return booleanType;
    case ts.SyntaxKind.StringKeyword:
      return stringType;
    case ts.SyntaxKind.VoidKeyword:
      return voidType;
    case ts.SyntaxKind.NeverKeyword:
      return neverType;
    case ts.SyntaxKind.NumberKeyword:
      return refuse(cx, node, 'Write `u8`, `u16`, `u32` or `i32`.');
    case ts.SyntaxKind.BigIntKeyword:
      return refuse(cx, node, 'Write `u64` or `i64`.');
  }
  if (ts.isParenthesizedTypeNode(node)) return typeOf(cx, node.type);
  if (ts.isUnionTypeNode(node)) return nullableType(cx, node);
  if (ts.isTypeOperatorNode(node) && node.operator === ts.SyntaxKind.ReadonlyKeyword && ts.isArrayTypeNode(node.type))
    return { kind: 'slice', element: typeOf(cx, node.type.elementType), constant: true };
  if (ts.isArrayTypeNode(node)) return refuse(cx, node, 'Write `readonly T[]` for a const table, `FixedArray<T>` for an array.');
  if (ts.isTypeReferenceNode(node)) return referencedType(cx, node);
  return refuse(cx, node, 'Use an integer, boolean, string, enum, class, interface, brand, or `T | null`.');
}

function refuse(cx: Context, node: ts.TypeNode, remedy: string): Type {
  cx.reporter.report(node, 'TH1102', node.getText(), remedy);
  return errorType;
}

const isNull = (node: ts.TypeNode): boolean => ts.isLiteralTypeNode(node) && node.literal.kind === ts.SyntaxKind.NullKeyword;

function nullableType(cx: Context, node: ts.UnionTypeNode): Type {
  const [first, second] = node.types;
  if (node.types.length === 2 && first !== undefined && second !== undefined && isNull(first) !== isNull(second)) {
    const target = typeOf(cx, isNull(first) ? second : first);
    if (target.kind === 'class') return { kind: 'nullable', target };
    if (target.kind === 'error') return target;
  }
  cx.reporter.report(node, 'TH1105');
  return errorType;
}

function libraryType(cx: Context, node: ts.TypeReferenceNode, name: string): Type | undefined {
  if (isIntegerName(name)) return integer(name);
  const [argument] = node.typeArguments ?? [];
  if ((name === 'FixedArray' || name === 'FixedObjectArray' || name === 'ReadonlyArray') && argument !== undefined) {
    const element = typeOf(cx, argument);
    if (name === 'FixedArray' && element.kind === 'class') return refuse(cx, node, 'Write `FixedObjectArray<T>` for embedded objects.');
    return { kind: 'slice', element, constant: name === 'ReadonlyArray' };
  }
  return undefined;
}

function referencedType(cx: Context, node: ts.TypeReferenceNode): Type {
  const symbol = cx.symbolOf(node.typeName);
  if (symbol === undefined) return errorType;
  const library = cx.libraryName(symbol);
  if (library !== undefined && library !== 'AtomicU32') return libraryType(cx, node, library) ?? refuse(cx, node, 'Use a machine type.');
  const declaration = symbol.declarations?.[0];
  if (declaration !== undefined && ts.isTypeParameterDeclaration(declaration)) return refuse(cx, node, 'There are no generics: write the types out.');
  if (declaration !== undefined && ts.isTypeAliasDeclaration(declaration)) return aliasedType(cx, declaration);
  const found = cx.declarationOf(symbol);
  switch (found.kind) {
    case 'class':
      return { kind: 'class', of: found.of };
    case 'enum':
      return { kind: 'enum', of: found.of };
    case 'record':
      return { kind: 'record', of: found.of };
    case 'error':
      return errorType;
    default:
      return refuse(cx, node, 'Use a machine type.');
  }
}

/** `type Pa = Brand<'Pa'>` declares a brand; any other alias is another name for its type. */
function aliasedType(cx: Context, declaration: ts.TypeAliasDeclaration): Type {
  const { type } = declaration;
  if (declaration.typeParameters !== undefined) return refuse(cx, type, 'There are no generics: write the types out.');
  if (!ts.isTypeReferenceNode(type) || cx.libraryName(cx.symbolOf(type.typeName)) !== 'Brand') return typeOf(cx, type);
  const [argument] = type.typeArguments ?? [];
  if (argument === undefined || !ts.isLiteralTypeNode(argument) || !ts.isStringLiteral(argument.literal))
    return refuse(cx, type, "Write `Brand<'Name'>`.");
  cx.brands.add(argument.literal.text);
  return { kind: 'brand', name: argument.literal.text };
}
