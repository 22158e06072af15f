import { describe, expect, it } from 'vitest';
import { createConnection } from './connection.ts';

describe('the connection to the server', () => {
  it('is told lost once, however many calls miss, and heals when the probe answers', async () => {
    let up = false;
    const heard: boolean[] = [];
    const connection = createConnection(async () => up, 1);
    const healed = new Promise<void>((resolve) => {
      connection.subscribe(() => {
        heard.push(connection.lost);
        if (!connection.lost) resolve();
      });
    });
    connection.missed();
    connection.missed();
    expect(heard).toEqual([true]);
    up = true;
    await healed;
    expect(heard).toEqual([true, false]);
  });

  it('heals when a call gets through before the probe does', () => {
    const connection = createConnection(() => new Promise(() => undefined), 60_000);
    connection.missed();
    connection.reached();
    expect(connection.lost).toBe(false);
  });
});
