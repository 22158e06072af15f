/**
 * The one table of what filters mean (case, wildcards, numbers as text, lists, missing fields, addresses, free text):
 * the same rows are asked of the predicate in memory and of the engine.
 */
import type { Event } from '../core/event.ts';
import type { DeclaredAttribute } from './fields.ts';

export const declaredForCases: readonly DeclaredAttribute[] = [
  { name: 'quota', kind: 'number', doc: 'A number.' },
  { name: 'tls', kind: 'flag', doc: 'A flag.' },
  { name: 'phase', kind: 'text', doc: 'A word.' },
];

type Some = Partial<Event>;
export const caseEvents: Readonly<Record<string, Some>> = {
  full: {
    service: 'Orders',
    path: '/api/orders/7?page=2',
    status: 200,
    duration: 250_000,
    bytesOut: 1_000_000,
    cached: false,
    clientIp: '203.0.113.7',
    consumer: 'mobile-app',
    consumerGroups: ['gold', 'beta testers'],
    userAgent: 'curl/8.5 "quoted" \\ tab\there',
    method: 'GET',
    attributes: { quota: '12.5', tls: 'true', phase: 'begin', 'x-1': '500' },
    raw: '{"Key":"Value"}',
  },
  failing: {
    service: 'orders',
    path: '/health',
    status: 503,
    duration: 250_001,
    bytesOut: 0,
    cached: true,
    clientIp: '2001:db8::1',
    error: 'upstream Timeout: état',
    message: 'line one\nline two',
    attributes: { quota: '0x10', tls: 'false', phase: 'end' },
    raw: '{"key":"other"}',
  },
  bare: { clientIp: '::ffff:203.0.113.9', raw: '' },
  odd: {
    service: 'a*b?c',
    path: '100%_x',
    clientIp: 'not an address',
    status: 50,
    consumer: 'O’Neil 😀',
    raw: 'x',
  },
};

/** The filter, and the names of the events it keeps. */
export const meanings: readonly (readonly [string, readonly string[]])[] = [
  ['', ['full', 'failing', 'bare', 'odd']],
  // Case matters in terms, not in free text; only A to Z have another case.
  ['service:Orders', ['full']],
  ['service:orders', ['failing']],
  ['ORDERS', ['full']],
  ['timeout', ['failing']],
  ['ÉTAT', []],
  ['état', ['failing']],
  ['service:/(?i)^orders$/', ['full', 'failing']],
  // Wildcards cover the whole value, stand for any character, and can be escaped.
  ['path:/api*', ['full']],
  ['path:/api', []],
  ['path:/*', ['full', 'failing']],
  ['path:*orders*', ['full']],
  ['service:?rders', ['full', 'failing']],
  ['service:"a*b?c"', ['odd']],
  ['service:a\\*b\\?c', ['odd']],
  ['service:a\\**', ['odd']],
  ['path:100%_x', ['odd']],
  ['path:1??%?x', ['odd']],
  ['path:1%x', []],
  ['consumer:*??', ['full', 'odd']],
  ['consumer:O’Neil\\ ?', ['odd']],
  ['message:line*two', ['failing']],
  // Numbers: text and number are the same, patterns see the decimal digits, units count.
  ['status:503', ['failing']],
  ['status:"503"', ['failing']],
  ['status:50*', ['failing', 'odd']],
  ['status:5??', ['failing']],
  ['status:/^5/', ['failing', 'odd']],
  ['status:>=500', ['failing']],
  ['status:[200 TO 503]', ['full', 'failing']],
  ['status:[200 TO 503}', ['full']],
  ['status:{200 TO 503]', ['failing']],
  ['status:[* TO 200]', ['full', 'odd']],
  ['status:(200 OR 50)', ['full', 'odd']],
  ['duration:>250ms', ['failing']],
  ['duration:0.25s', ['full']],
  ['bytesOut:>=1MB', ['full']],
  ['bytesOut:0', ['failing']],
  // Flags.
  ['cached:false', ['full']],
  ['cached:true', ['failing']],
  // Missing fields match no term, so a negated term keeps the event.
  ['status:*', ['full', 'failing', 'odd']],
  ['-status:*', ['bare']],
  ['-status:503', ['full', 'bare', 'odd']],
  ['NOT status:>100', ['bare', 'odd']],
  ['-service:orders', ['full', 'bare', 'odd']],
  ['-cached:true', ['full', 'bare', 'odd']],
  ['service:""', []],
  ['-service:/o/', ['full', 'bare', 'odd']],
  ['-timeout', ['full', 'bare', 'odd']],
  ['service:/.*/', ['full', 'failing', 'odd']],
  // Lists: one element is enough; a negation asks for none.
  ['consumerGroups:gold', ['full']],
  ['consumerGroups:"beta testers"', ['full']],
  ['consumerGroups:beta*', ['full']],
  ['consumerGroups:(gold AND beta*)', ['full']],
  ['consumerGroups:gold beta', []],
  ['-consumerGroups:silver', ['full', 'failing', 'bare', 'odd']],
  ['consumerGroups:*', ['full']],
  // Addresses.
  ['clientIp:203.0.113.0/24', ['full', 'bare']],
  ['clientIp:203.0.113.7', ['full']],
  ['clientIp:2001:db8::/32', ['failing']],
  ['-clientIp:0.0.0.0/0', ['failing', 'odd']],
  ['clientIp:::/0', ['full', 'failing', 'bare']],
  // Attributes: typed when declared; undeclared ones are text that can be compared with numbers.
  ['phase:begin', ['full']],
  ['attributes.phase:begin', ['full']],
  ['quota:>12', ['full']],
  ['quota:12.50', ['full']],
  ['-quota:>12', ['failing', 'bare', 'odd']],
  ['quota:*', ['full', 'failing']],
  ['tls:true', ['full']],
  ['attributes.x-1:500', ['full']],
  ['attributes.x-1:>499.5', ['full']],
  ['attributes.none:*', []],
  // Escapes, quotes, free text over several columns, raw.
  ['userAgent:/"quoted"/', ['full']],
  ['"\\"quoted\\" \\\\"', ['full']],
  ['userAgent:*\\\\*', ['full']],
  ['o?ders', ['full']],
  ['*rder*', ['full']],
  ['raw:key', ['full', 'failing']],
  ['raw:/"Key"/', ['full']],
  ['raw:val*', ['full']],
  ['consumer:/😀$/', ['odd']],
  ['consumer:/^.{8}$/', ['odd']],
  ['path:/\\d+\\?page/', ['full']],
  ['path:/\\bhealth\\b/', ['failing']],
  // AND before OR.
  ['status:503 OR status:200 service:Orders', ['full', 'failing']],
  ['(status:503 OR status:200) service:Orders', ['full']],
  ['status:503 AND -service:Orders OR cached:false', ['full', 'failing']],
];
