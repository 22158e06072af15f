/**
 * What counts as a secret: the redaction rules, as data. Each has a name by which it can be switched off, says what it
 * covers, and carries one record whose secret only this rule finds, which the tests take away and miss.
 *
 * Names are compared without case and without `-` and `_`, so `client_secret`, `Client-Secret` and `clientSecret` are
 * one. They hold for members of objects, for the `name` of name and value pairs, and for parameters of a URL query.
 */

export interface RedactionRule {
  readonly name: string;
  readonly doc: string;
  /** Folded names whose value is a secret. */
  readonly names?: readonly string[];
  /** Folded endings of such names. */
  readonly endings?: readonly string[];
  /** An object under such a name is an entity: it is looked into instead of being replaced. */
  readonly entities?: boolean;
  /** The names hold in a URL query only. */
  readonly queryOnly?: boolean;
  /** Only a value that looks like a credential counts: others under such a name are ids. */
  readonly tokensOnly?: boolean;
  /** The names are those of texts that may be Base64, and are looked into. */
  readonly base64?: boolean;
  /** Folded names of the members of a pair: which name something, and which hold its value. */
  readonly pairs?: { readonly names: readonly string[]; readonly values: readonly string[] };
  readonly example: { readonly record: string; readonly secret: string };
}

export const redactionRules = [
  {
    name: 'authorization',
    doc: 'Authorization headers, whatever their scheme.',
    endings: ['authorization'],
    example: {
      record: '{"headers":{"Proxy-Authorization":"Digest hunter2"}}',
      secret: 'hunter2',
    },
  },
  {
    name: 'cookie',
    doc: 'Cookie and Set-Cookie headers.',
    endings: ['cookie'],
    example: { record: '{"headers":{"Set-Cookie":["sid=hunter2; Path=/"]}}', secret: 'hunter2' },
  },
  {
    name: 'cookies',
    doc: 'Values in lists and maps of cookies; their names and attributes stay.',
    example: {
      record: '{"cookies":[{"name":"sid","value":"hunter2","path":"/"}]}',
      secret: 'hunter2',
    },
  },
  {
    name: 'password',
    doc: 'Passwords and passphrases, hashed ones too.',
    names: ['pass', 'keypass', 'storepass', 'passwordhash', 'hashedpassword', 'pwdhash'],
    endings: ['password', 'passwd', 'pwd', 'passphrase'],
    example: { record: '{"adminPassword":"hunter2"}', secret: 'hunter2' },
  },
  {
    name: 'salt',
    doc: 'Salts of password hashes.',
    names: ['salt', 'passwordsalt', 'hashsalt'],
    example: { record: '{"salt":"hunter2"}', secret: 'hunter2' },
  },
  {
    name: 'secret',
    doc: 'Client secrets, next secrets of a rotation, shared and signing keys.',
    names: ['secrets'],
    endings: ['secret', 'secretkey', 'secretaccesskey', 'sharedkey', 'signingkey', 'encryptionkey'],
    example: { record: '{"rotation":{"enabled":true,"nextSecret":"hunter2"}}', secret: 'hunter2' },
  },
  {
    name: 'token',
    doc: 'Access, refresh, id, session and enrolment tokens, JWTs by name.',
    names: ['bearer', 'otoroshiclaim'],
    endings: ['token', 'jwt'],
    entities: true,
    example: { record: '{"refresh_token":"hunter2","token_type":"bearer"}', secret: 'hunter2' },
  },
  {
    name: 'apiKey',
    doc: 'API keys given as text; an API key given as an object is an entity and is looked into.',
    endings: ['apikey', 'subscriptionkey'],
    entities: true,
    example: { record: '{"headers":{"x-api-key":"hunter2"}}', secret: 'hunter2' },
  },
  {
    name: 'privateKey',
    doc: 'Private keys by name.',
    endings: ['privatekey', 'privkey'],
    example: { record: '{"publicKey":"MIIB","private_key":"hunter2"}', secret: 'hunter2' },
  },
  {
    name: 'oneTimeCode',
    doc: 'One-time and recovery codes.',
    names: ['otp', 'totp', 'mfacode', 'recoverycode', 'recoverycodes', 'backupcodes'],
    example: { record: '{"recoveryCodes":["hunter2"]}', secret: 'hunter2' },
  },
  {
    name: 'session',
    doc: 'Ids by which a browser’s session can be taken over.',
    names: ['userrandomid', 'randomid', 'jsessionid', 'phpsessid', 'sessid', 'sessionkey'],
    entities: true,
    example: { record: '{"userRandomId":"hunter2"}', secret: 'hunter2' },
  },
  {
    name: 'sessionId',
    doc: 'Session ids of 32 characters or more that are no UUID: whoever has one has the session.',
    names: ['sessionid'],
    tokensOnly: true,
    example: {
      record: '{"metadata":{"sessionId":"hunter2Kq8ZrT3vXw5YbN7mLpD9sFgHj"}}',
      secret: 'hunter2Kq8ZrT3vXw5YbN7mLpD9sFgHj',
    },
  },
  {
    name: 'pairs',
    doc:
      'A `value` beside a `name`, `key` or `header` that names a secret, in any order; ' +
      'a `header_value`, old or new, beside a `header_name` too.',
    pairs: {
      names: ['name', 'key', 'header', 'headername'],
      // Otoroshi writes the value of a long header under the name of its length too.
      values: ['value', 'headervalue', 'oldheadervalue', 'newheadervalue', 'headervaluelength'],
    },
    example: {
      record: '{"headers":[{"value":"hunter2","key":"Otoroshi-Client-Secret"}]}',
      secret: 'hunter2',
    },
  },
  {
    name: 'patches',
    doc: 'The `value` of a JSON patch whose `path` ends in the name of a secret.',
    example: {
      record: '{"metadata":[{"op":"replace","path":"/clientSecret","value":"hunter2"}]}',
      secret: 'hunter2',
    },
  },
  {
    name: 'query',
    doc: 'Parameters of URL queries and forms that are named like a secret.',
    names: ['sig', 'signature', 'xamzsignature', 'xgoogsignature'],
    queryOnly: true,
    example: { record: '{"uri":"/orders?page=2&access_token=hunter2#top"}', secret: 'hunter2' },
  },
  {
    name: 'userinfo',
    doc: 'Passwords in the user part of a URL.',
    example: { record: '{"url":"amqp://gate:hunter2@queue.internal:5672/"}', secret: 'hunter2' },
  },
  {
    name: 'bearer',
    doc: 'Bearer credentials in any text.',
    example: { record: '{"message":"sent Bearer hunter2.hunter2 upstream"}', secret: 'hunter2' },
  },
  {
    name: 'basic',
    doc: 'Basic credentials in any text: what is Base64 of a user, a colon and a password.',
    example: { record: '{"message":"sent Basic YW5hOmh1bnRlcjI="}', secret: 'YW5hOmh1bnRlcjI=' },
  },
  {
    name: 'jwt',
    doc: 'Signed tokens in any text.',
    example: {
      record: '{"message":"got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbmEifQ.aHVudGVyMg back"}',
      secret: 'aHVudGVyMg',
    },
  },
  {
    name: 'privateKeyBlock',
    doc: 'PEM blocks of private keys in any text.',
    example: {
      record: '{"pem":"-----BEGIN PRIVATE KEY-----\\nhunter2\\n-----END PRIVATE KEY-----\\n"}',
      secret: 'hunter2',
    },
  },
  {
    name: 'nested',
    doc: 'JSON inside strings is looked into, at any depth.',
    example: { record: '{"body":"{\\"user\\":\\"ana\\",\\"password\\":\\"hunter2\\"}"}', secret: 'hunter2' },
  },
  {
    name: 'base64',
    doc: 'Bodies in Base64 are looked into; one that holds a secret is replaced whole.',
    endings: ['body'],
    base64: true,
    example: {
      record: '{"body":"eyJwYXNzd29yZCI6Imh1bnRlcjIifQ=="}',
      secret: 'eyJwYXNzd29yZCI6Imh1bnRlcjIifQ==',
    },
  },
] as const satisfies readonly RedactionRule[];

export type RedactionRuleName = (typeof redactionRules)[number]['name'];

/** What an operator adds: `fields` names or paths, `personal` what the event types mark as personal data. */
export type AddedRuleName = 'fields' | 'personal';

/** Every rule by its number, by which places and counts say which one it was. */
export const ruleNames: readonly (RedactionRuleName | AddedRuleName)[] = [
  ...redactionRules.map(({ name }) => name),
  'fields',
  'personal',
];
export const ruleNumber = (name: RedactionRuleName | AddedRuleName): number => ruleNames.indexOf(name);
