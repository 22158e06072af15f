/** Metrics that are read when somebody asks, so that no second count can differ from the first. */
import { Counter, Gauge, type Registry } from 'prom-client';

/** A total that is kept elsewhere, as a counter: set anew at every scrape. */
export function totals<T>(
  registry: Registry,
  name: string,
  help: string,
  labels: readonly string[],
  read: () => Iterable<T>,
  values: (item: T) => readonly (readonly [Readonly<Record<string, string>>, number])[],
): void {
  new Counter({
    name,
    help,
    labelNames: labels,
    registers: [registry],
    collect() {
      this.reset();
      for (const item of read()) for (const [label, value] of values(item)) this.inc({ ...label }, value);
    },
  });
}

/** A figure that is read at every scrape. */
export function gauge(registry: Registry, name: string, help: string, read: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}
