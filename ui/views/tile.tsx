/** A tile: name, number, change against the period before, sparkline, link to the events behind it. */
import { IconArrowDownRight, IconArrowUpRight } from '@tabler/icons-react';
import type { Cells } from '../charts/timeline.ts';
import { formatChange, formatNumber } from '../format.ts';
import { EventsLink } from './events-link.tsx';
import { Sparkline } from './sparkline.tsx';

export interface TileProps {
  readonly name: string;
  readonly value: number | null | undefined;
  readonly unit?: string | undefined;
  /** The same number of the period before; left out when nothing is compared. */
  readonly before?: number | null | undefined;
  /** Whether more is good; undefined where neither is. */
  readonly moreIsGood?: boolean | undefined;
  readonly values: Cells;
  readonly colour?: string;
  /** Filter of the events behind the number; left out when it links nowhere. */
  readonly filter?: string | undefined;
  readonly hint?: string | undefined;
}

export function Tile(props: TileProps) {
  const { name, value, unit, before, values, colour, filter, hint } = props;
  const inside = (
    <>
      <div className="tile-name">
        <span className="cut">{name}</span>
        {before !== undefined && <Change {...props} />}
      </div>
      <div className="tile-number">{formatNumber(value, unit)}</div>
      <Sparkline values={values} {...(colour === undefined ? {} : { colour })} />
    </>
  );
  if (filter === undefined) {
    return (
      <div className="tile" title={hint}>
        {inside}
      </div>
    );
  }
  return (
    <EventsLink filter={filter} className="tile" {...(hint === undefined ? {} : { title: hint })}>
      {inside}
    </EventsLink>
  );
}

function Change({ value, before, unit, moreIsGood }: TileProps) {
  const change = formatChange(value ?? null, before ?? null);
  if (change === undefined || change === '0 %') return null;
  const up = (value ?? 0) > (before ?? 0);
  const Arrow = up ? IconArrowUpRight : IconArrowDownRight;
  const judged = moreIsGood === undefined ? '' : up === moreIsGood ? 'good' : 'bad';
  return (
    <span className={`tile-change ${judged}`} title={`Before: ${formatNumber(before, unit)}`}>
      <Arrow size={12} aria-hidden="true" /> {change}
    </span>
  );
}
