/** Numbers with their unit, as people read them. */

const scaled = (value: number, steps: readonly (readonly [number, string])[]): string => {
  const [size, unit] = steps.find(([least]) => Math.abs(value) >= least) ?? steps.at(-1)!;
  const number = value / size;
  return `${Math.abs(number) >= 100 || Number.isInteger(number) ? Math.round(number) : number.toPrecision(3)} ${unit}`;
};

/** `value` in the UCUM `unit` of a frame's column: microseconds, bytes, shares and plain numbers. Null is `-`. */
export function amount(value: unknown, unit?: string): string {
  if (value === null || value === undefined) return '-';
  if (typeof value !== 'number') return String(value);
  switch (unit) {
    case 'us':
      return scaled(value, [
        [1e6, 's'],
        [1e3, 'ms'],
        [1, 'µs'],
      ]);
    case 'By':
      return scaled(value, [
        [1e9, 'GB'],
        [1e6, 'MB'],
        [1e3, 'kB'],
        [1, 'B'],
      ]);
    case '1':
      return `${(value * 100).toFixed(2)} %`;
    default:
      return Number.isInteger(value) ? String(value) : value.toPrecision(6).replace(/\.?0+$/, '');
  }
}
