/** Nothing has ever arrived: how to point a gateway here, with the lines to paste, or a look at sample traffic. */
import { IconFlask } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { Api } from '../api.ts';
import { useApi, useServer, useTenant } from '../context.tsx';
import { sampleTenant } from '../shell/banners.tsx';
import { CopyButton, Failure } from './states.tsx';
import { type Way, ways } from './ways-in.ts';

export default function FirstSteps() {
  const { base } = useServer();
  const [chosen, setChosen] = useState(0);
  const way = ways[chosen] as Way;
  const lines = way.lines(base);
  return (
    <div className="panel state" style={{ padding: 24, gap: 16 }}>
      <div>
        <h1>Point a gateway here</h1>
        <p className="dim">Nothing has arrived yet. This page shows the first event as soon as it is in.</p>
      </div>
      <div className="button-group" role="tablist" aria-label="Ways in">
        {ways.map(({ name }, at) => (
          <button
            key={name}
            type="button"
            role="tab"
            aria-selected={at === chosen}
            className={`quiet-button ${at === chosen ? 'on' : ''}`}
            onClick={() => setChosen(at)}
          >
            {name}
          </button>
        ))}
      </div>
      <div role="tabpanel" aria-label={way.name} style={{ width: '100%', maxWidth: 720 }}>
        <p className="dim">{way.where}</p>
        <pre className="paste scroll-x">{lines}</pre>
        <CopyButton text={lines} label="Copy these lines" />
      </div>
      <SampleOffer />
    </div>
  );
}

/** Resolves once some sample traffic is on its way. */
async function firstSent(api: Api): Promise<void> {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    const { running, sent } = await api.sample();
    // How much it is may not be for us to know.
    if (sent === undefined ? running : sent > 0) return;
  }
}

function SampleOffer() {
  const api = useApi();
  const navigate = useNavigate();
  const tenant = useTenant();
  const queries = useQueryClient();
  const start = useMutation({
    // The past takes a while to make; the page may show it as it comes.
    mutationFn: () => Promise.race([api.startSample(), firstSent(api)]),
    async onSuccess() {
      // The session lists the tenants, and there is one more now.
      await queries.invalidateQueries({ queryKey: ['session'] });
      await navigate({
        to: '/overview',
        search: { tenant: sampleTenant, from: 'now-6h', live: '1' } as never,
      });
    },
  });
  if (tenant === sampleTenant) return null;
  return (
    <div>
      <h2>Or look around first</h2>
      <p className="dim">
        Realistic, live traffic of every gateway that Gatescope knows, in a tenant of its own. One act removes
        it.
      </p>
      <button
        type="button"
        className="quiet-button on"
        disabled={start.isPending}
        onClick={() => start.mutate()}
        style={{ marginTop: 8 }}
      >
        <IconFlask size={16} aria-hidden="true" />
        {start.isPending ? 'Starting…' : 'Show me with sample traffic'}
      </button>
      {start.isError && <Failure error={start.error} what="Sample traffic did not start" />}
    </div>
  );
}
