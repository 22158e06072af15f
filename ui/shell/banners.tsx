/** What is said once, at the top of every page: a lost connection, and that this is sample traffic. */
import { IconFlask, IconPlugConnectedX } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useApi, useConnectionLost, usePatch, useTenant } from '../context.tsx';

export const sampleTenant = 'sample';

export function Banners({ known }: { known: boolean }) {
  const lost = useConnectionLost();
  const sample = useTenant() === sampleTenant && known;
  return (
    <>
      {lost && (
        <div className="banner bad" role="alert">
          <IconPlugConnectedX size={16} aria-hidden="true" />
          The connection to Gatescope is lost. Trying again every two seconds; what is shown may be old.
        </div>
      )}
      {sample && <SampleBanner />}
    </>
  );
}

function SampleBanner() {
  const api = useApi();
  const patch = usePatch();
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => api.removeSample(),
    onSuccess() {
      patch({ tenant: undefined, q: undefined, event: undefined });
      queries.removeQueries({ queryKey: ['data'] });
      void queries.invalidateQueries({ queryKey: ['session'] });
    },
  });
  return (
    <div className="banner">
      <IconFlask size={16} aria-hidden="true" />
      <span>This is sample traffic in a tenant of its own. None of it is yours.</span>
      <button
        type="button"
        className="quiet-button"
        disabled={remove.isPending}
        onClick={() => {
          if (window.confirm('Remove all sample traffic? Your own events stay as they are.')) remove.mutate();
        }}
      >
        {remove.isPending ? 'Removing…' : 'Remove sample traffic'}
      </button>
      <button
        type="button"
        className="quiet-button bare"
        onClick={() => patch({ tenant: undefined, event: undefined })}
      >
        Back to my events
      </button>
      {remove.isError && <span role="alert">{remove.error.message}</span>}
    </div>
  );
}
