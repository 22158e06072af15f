/**
 * Live tail: what comes in, newest first. Redraws four times a second at most whatever the rate, keeps the newest
 * thousand, and holds back what arrives while a person reads further down.
 */
import { useCallback, useEffect, useRef, useState } from 'react';
import type { ApiEvent } from '../../../src/core/frame.ts';
import { useApi, useStream, useView } from '../../context.tsx';

const redraw = 250;
const kept = 1000;

export interface Tail {
  readonly events: readonly ApiEvent[];
  /** Events held back while paused. */
  readonly waiting: number;
  /** One of so many is shown; 1 shows all. */
  readonly sampled: number;
  /** Events the server left out because this browser was slow. */
  readonly skipped: number;
  readonly problem: string | undefined;
  release(): void;
}

const nothing = { events: [] as readonly ApiEvent[], waiting: 0, sampled: 1, skipped: 0, problem: undefined };

export function useTail(paused: boolean): Tail {
  const api = useApi();
  const { q, live } = useView();
  const url = live ? api.address('api/tail', { filter: q, rate: 100 }) : undefined;
  const held = useRef<ApiEvent[]>([]);
  const [shown, setShown] = useState<Omit<Tail, 'release'>>(nothing);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another stream begins with nothing
  useEffect(() => {
    held.current = [];
    setShown(nothing);
  }, [url]);

  useStream(url, ['event', 'skipped', 'sampled', 'error'], (event, data) => {
    const told = JSON.parse(data) as Record<string, unknown>;
    if (event === 'event') held.current.push(told);
    else if (event === 'sampled') setShown((now) => ({ ...now, sampled: Number(told.rate ?? 1) }));
    else if (event === 'skipped') setShown((now) => ({ ...now, skipped: now.skipped + Number(told.n ?? 0) }));
    else setShown((now) => ({ ...now, problem: String(told.detail ?? 'The stream failed.') }));
    if (held.current.length > kept) held.current.splice(0, held.current.length - kept);
  });

  const release = useCallback(() => {
    const arrived = held.current.splice(0).reverse();
    if (arrived.length > 0) {
      setShown((now) => ({ ...now, waiting: 0, events: [...arrived, ...now.events].slice(0, kept) }));
    }
  }, []);
  useEffect(() => {
    if (url === undefined) return;
    const timer = setInterval(() => {
      if (paused) setShown((now) => ({ ...now, waiting: held.current.length }));
      else release();
    }, redraw);
    return () => clearInterval(timer);
  }, [url, paused, release]);

  return { ...shown, release };
}
