import { expect, test } from 'vitest';
import { identifier, literal, readStatement } from './statement.ts';

test.each([
  ['SELECT 1', 'probe'],
  ["SELECT 'ping'\nFORMAT CSV", 'probe'],
  ['SELECT 1 + sleep(3)', 'read'],
  ['  -- a comment\n /* another */ WITH 1 AS x SELECT x', 'read'],
  ['INSERT INTO t SELECT 1', 'write'],
  ['CREATE TABLE t (a UInt8)', 'write'],
  ['OPTIMIZE TABLE t FINAL', 'write'],
  ['DESCRIBE t', 'read'],
])('%j goes through the gate for %s', (sql, kind) => {
  expect(readStatement(sql, 'TSV').kind).toBe(kind);
});

test('the format is the one the statement names, else the one asked for', () => {
  expect(readStatement('SELECT 1\nFORMAT JSONEachRow', 'TSV').format).toBe('JSONEachRow');
  expect(readStatement('SELECT 1 FORMAT CSV SETTINGS max_threads = 1;', 'TSV').format).toBe('CSV');
  expect(readStatement("SELECT ' FORMAT CSV'", 'TSV').format).toBe('TSV');
});

test('only an INSERT that names a format takes its rows from the body', () => {
  expect(readStatement('INSERT INTO t FORMAT TabSeparated', 'TSV').takesBody).toBe(true);
  expect(readStatement('INSERT INTO t SELECT 1', 'TSV').takesBody).toBe(false);
  expect(readStatement('SELECT 1 FORMAT TSV', 'TSV').takesBody).toBe(false);
});

test('a format with a header and a nested SELECT are not streamed', () => {
  expect(readStatement('SELECT a FROM t FORMAT JSONEachRow', 'TSV').streamable).toBe(true);
  expect(readStatement('SELECT a FROM t FORMAT CSVWithNames', 'TSV').streamable).toBe(false);
  expect(readStatement('SELECT (SELECT sleep(1)) FORMAT CSV', 'TSV').streamable).toBe(false);
});

test('literals and identifiers escape what would end them', () => {
  expect(literal("a'b\\c\0")).toBe("'a\\'b\\\\c\\0'");
  expect(identifier('a`b\\')).toBe('`a\\`b\\\\`');
});
