/** The top groups of a dimension: name with a bar of its share, and the measures. Every row links to its events. */
import type { UseQueryResult } from '@tanstack/react-query';
import type { Cell, Frame } from '../../src/core/frame.ts';
import { term } from '../filter-text.ts';
import { formatNumber } from '../format.ts';
import { EventsLink } from './events-link.tsx';
import { Panel } from './panel.tsx';

export interface RankingProps {
  readonly title: string;
  readonly answer: UseQueryResult<Frame>;
  /** What to call the measures, in their order. */
  readonly labels: readonly string[];
  /** What a missing dimension is called. */
  readonly absent: string;
  /** Words for the values of the dimension. */
  readonly wordOf?: (value: Cell) => string;
  readonly colour?: string;
  readonly filter?: string;
}

export function Ranking({ title, answer, labels, absent, wordOf, colour, filter }: RankingProps) {
  return (
    <Panel title={title} answer={answer} height={200}>
      {(frame) => {
        const dimension = frame.columns[0]?.name ?? '';
        const measures = frame.columns.slice(1);
        const most = Math.max(...frame.rows.map((row) => Number(row[1] ?? 0)), 1);
        if (frame.rows.length === 0) return <p className="panel-body dim">Nothing in this range</p>;
        return (
          <div className="panel-body" style={{ '--bar': `var(${colour ?? '--accent'})` } as object}>
            <table className="ranking">
              <thead>
                <tr>
                  <th scope="col">
                    <span className="visually-hidden">{dimension}</span>
                  </th>
                  {labels.map((label) => (
                    <th key={label} scope="col" className="numeric">
                      {label}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {frame.rows.map((row) => {
                  const value = row[0] ?? null;
                  const name = value === null || value === '' ? absent : (wordOf?.(value) ?? String(value));
                  return (
                    <tr key={String(value)}>
                      <td>
                        <span
                          className="ranking-bar"
                          style={{ width: `${(Number(row[1] ?? 0) / most) * 100}%` }}
                        />
                        <EventsLink
                          filter={[term(dimension, value), filter].filter(Boolean).join(' ')}
                          className="ranking-name cut"
                          title={name}
                        >
                          {name}
                        </EventsLink>
                      </td>
                      {measures.map((measure, at) => (
                        <td key={measure.name} className="numeric">
                          {formatNumber(row[at + 1] as number | null, measure.unit)}
                        </td>
                      ))}
                    </tr>
                  );
                })}
              </tbody>
            </table>
          </div>
        );
      }}
    </Panel>
  );
}
