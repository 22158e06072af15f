/** A line as high as a word: the shape of a number over time. Gaps are gaps. */
import type { Cells } from '../charts/timeline.ts';

const [width, height] = [120, 28];

/** The strokes of the line, one for each run of values without a gap. */
export function strokes(values: Cells): string[] {
  const most = Math.max(...values.map((value) => value ?? 0), 0);
  const x = (at: number) => (values.length < 2 ? width : (at / (values.length - 1)) * width);
  const y = (value: number) => height - 1 - (most === 0 ? 0 : (value / most) * (height - 2));
  const runs: string[][] = [];
  let open = false;
  values.forEach((value, at) => {
    if (value === null) open = false;
    else {
      if (!open) runs.push([]);
      open = true;
      runs.at(-1)?.push(`${x(at).toFixed(1)},${y(value).toFixed(1)}`);
    }
  });
  return runs.map((run) => (run.length === 1 ? `${run[0]} ${run[0]}` : run.join(' ')));
}

/** A single value has no shape yet: nothing is drawn. */
export function Sparkline({ values, colour = '--accent' }: { values: Cells; colour?: string }) {
  return (
    <svg
      className="sparkline"
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      {(values.length < 2 ? [] : strokes(values)).map((points) => (
        <polyline
          key={points}
          points={points}
          fill="none"
          stroke={`var(${colour})`}
          strokeWidth="1.5"
          strokeLinecap="round"
          vectorEffect="non-scaling-stroke"
        />
      ))}
    </svg>
  );
}
