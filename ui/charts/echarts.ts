/** The pieces of ECharts in use. Loaded with the first chart; crosshair, tooltip and zoom are ours (`overlay.tsx`). */
import { BarChart, LineChart } from 'echarts/charts';
import { GridSimpleComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';

export function createChart(element: HTMLElement): ReturnType<typeof init> {
  use([BarChart, LineChart, GridSimpleComponent, CanvasRenderer]);
  return init(element, undefined, { renderer: 'canvas' });
}
export type Chart = ReturnType<typeof createChart>;
