/** Starts the web app: the one place that reaches for the window. */
import '@mantine/core/styles.css';
import './styles.css';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { createConnection } from './connection.ts';

const base = new URL('./', document.baseURI).href;
const connection = createConnection(async () => {
  const answer = await fetch(new URL('livez', base), { cache: 'no-store' });
  return answer.ok;
});

createRoot(document.getElementById('root') as HTMLElement).render(
  <App base={base} connection={connection} />,
);
