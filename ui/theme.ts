/** The look of Mantine's widgets; the colours that carry meaning are in `styles.css`. */
import { createTheme, type MantineColorsTuple } from '@mantine/core';

const accent: MantineColorsTuple = [
  '#eef4fc',
  '#d9e6f7',
  '#b3cdef',
  '#85afe5',
  '#6ba3ea',
  '#3d7fd0',
  '#2a69b8',
  '#1d569e',
  '#174580',
  '#103260',
];

const dark: MantineColorsTuple = [
  '#d8dee7',
  '#b9c2ce',
  '#98a4b3',
  '#6b7787',
  '#3a4451',
  '#2a323d',
  '#1f262f',
  '#161b22',
  '#10141a',
  '#0b0e12',
];

export const theme = createTheme({
  colors: { accent, dark },
  primaryColor: 'accent',
  primaryShade: { light: 7, dark: 6 },
  defaultRadius: 4,
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '18px' },
  fontFamily:
    'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "Cascadia Mono", Menlo, Consolas, "Liberation Mono", monospace',
  cursorType: 'pointer',
  respectReducedMotion: true,
  autoContrast: true,
});
