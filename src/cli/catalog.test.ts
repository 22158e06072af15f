import { describe, expect, it } from 'vitest';
import { withDerived } from '../folds/derived.ts';
import { folds } from '../folds/index.gen.ts';
import { fallback, own, vocabularies } from '../vocabularies/index.gen.ts';
import { objectsOf, runHere } from './here.fixture.ts';

const gatescope = (...args: string[]) => runHere(args);

describe('gatescope catalog', () => {
  it('lists every event type, one a line', async () => {
    const { code, stdout } = await gatescope('catalog', '-o', 'json');
    const listed = objectsOf(stdout).filter(({ name }) => name === undefined);
    expect(code).toBe(0);
    expect(listed.map(({ vocabulary, type }) => [vocabulary, type])).toEqual(
      withDerived([...vocabularies, fallback, own], folds).flatMap(({ name, types }) =>
        types.map((type) => [name, type.name]),
      ),
    );
    expect(listed[0]).toMatchObject({ family: 'traffic', identity: 'where it was read' });
  });

  it('lists the types of one vocabulary', async () => {
    const { stdout } = await gatescope('catalog', 'nginx', '-o', 'table');
    expect(stdout).toMatch(/^vocabulary +type +name +family +doc\nnginx +access +traffic +One request/);
  });

  it('explains a type: its fields, its identity, the columns that its example fills', async () => {
    const { stdout } = await gatescope('catalog', 'flowgenx', 'access', '-o', 'table');
    expect(stdout).toContain('Family traffic; identified by where it was read.');
    expect(stdout).toMatch(/^response\.duration_ms +number, ms +Time to process the request\.$/m);
    expect(stdout).toMatch(/^consumer_id +text +personal +Name of the consumer\.$/m);
    expect(stdout).toMatch(/^time +2026-01-15T10:30:45\.000Z$/m);
    expect(stdout).toMatch(/^duration +3000$/m);
  });

  it('gives the JSON Schema of a type', async () => {
    const { stdout } = await gatescope('catalog', 'flowgenx', 'access', '-o', 'json');
    expect(objectsOf(stdout)).toMatchObject([{ $id: 'urn:gatescope:schema:flowgenx:access' }]);
  });

  it('suggests what was meant, and ends with 2', async () => {
    expect(await gatescope('catalog', 'nginks')).toMatchObject({
      code: 2,
      stderr: 'There is no vocabulary nginks; did you mean nginx?\n',
    });
    expect(await gatescope('catalog', 'otoroshi', 'gatewayevents')).toMatchObject({
      code: 2,
      stderr: 'There is no event type of otoroshi gatewayevents; did you mean GatewayEvent?\n',
    });
  });
});
