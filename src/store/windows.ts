/**
 * Time in growing steps away from where one looks first: 1 h, 6 h, 1 d, 7 d, 30 d, the rest. A question for the newest
 * hundred then reads an hour where an hour has a hundred, however much is stored.
 */
const hour = 3600e6;
const steps = [hour, 6 * hour, 24 * hour, 7 * 24 * hour, 30 * 24 * hour];

export interface Window {
  /** Microseconds, inclusive. */
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

/** Windows that cover [from, to) without overlap, beginning at its end (`newest`) or at its start (`oldest`). */
export function windows(from: number, to: number, order: 'newest' | 'oldest'): Window[] {
  const lengths = steps.filter((step) => step < to - from);
  const marks = [0, ...lengths, to - from];
  return marks.slice(1).map((mark, index) => {
    const near = marks[index] as number;
    return order === 'newest' ? { from: to - mark, to: to - near } : { from: from + near, to: from + mark };
  });
}
