/** Dark or light: follows the system and remembers a choice. */
import { useComputedColorScheme, useMantineColorScheme } from '@mantine/core';

export const useScheme = (): 'dark' | 'light' => useComputedColorScheme('light');

export function useToggleScheme(): () => void {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useScheme();
  return () => setColorScheme(scheme === 'dark' ? 'light' : 'dark');
}
