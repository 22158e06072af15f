/** A timeline as a chart. ECharts is loaded with the first one; until then the place is kept. */
import './chart.css';
import { useEffect, useRef } from 'react';
import { useScheme } from '../scheme.ts';
import { coloursIn } from './colours.ts';
import type { Chart as Drawn } from './echarts.ts';
import { chartOption, type Shape, summarise } from './options.ts';
import { Overlay, type OverlayProps } from './overlay.tsx';

export interface ChartProps extends OverlayProps {
  readonly shape: Shape;
  readonly log?: boolean;
  /** Pixels. */
  readonly height?: number;
}

export function Chart({ shape, log = false, height = 180, ...overlay }: ChartProps) {
  const { timeline, zone, label } = overlay;
  const element = useRef<HTMLDivElement>(null);
  const drawn = useRef<Drawn>(undefined);
  const scheme = useScheme();

  useEffect(() => {
    const place = element.current as HTMLDivElement;
    let gone = false;
    const resized = new ResizeObserver(() => drawn.current?.resize());
    void import('./echarts.ts').then(({ createChart }) => {
      if (gone) return;
      drawn.current = createChart(place);
      resized.observe(place);
      place.dispatchEvent(new CustomEvent('chart-ready'));
    });
    return () => {
      gone = true;
      resized.disconnect();
      drawn.current?.dispose();
      drawn.current = undefined;
    };
  }, []);

  useEffect(() => {
    const place = element.current as HTMLDivElement;
    const draw = () =>
      drawn.current?.setOption(
        chartOption({ timeline, shape, zone, log, colour: coloursIn(scheme) }) as never,
        true,
      );
    draw();
    place.addEventListener('chart-ready', draw);
    return () => place.removeEventListener('chart-ready', draw);
  }, [timeline, shape, zone, log, scheme]);

  return (
    <div className="chart" style={{ height }}>
      <div ref={element} className="chart-canvas" aria-hidden="true" />
      <p className="visually-hidden">{summarise(label, timeline)}</p>
      {timeline.times.length > 0 && <Overlay {...overlay} />}
    </div>
  );
}
