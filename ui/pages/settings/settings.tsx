/** Settings: API tokens, tenants, one's own password, and what this server says of itself. */
import '../../views/views.css';
import { usePatch, useSearchState, useServer } from '../../context.tsx';
import { About } from './about.tsx';
import { Password } from './password.tsx';
import { Tenants } from './tenants.tsx';
import { Tokens } from './tokens.tsx';

const sections = [
  { name: 'tokens', title: 'API tokens', admin: true, page: Tokens },
  { name: 'tenants', title: 'Tenants', admin: true, page: Tenants },
  { name: 'password', title: 'Password', admin: false, page: Password },
  { name: 'about', title: 'About', admin: false, page: About },
] as const;

export default function Settings() {
  const { session } = useServer();
  const { section } = useSearchState();
  const patch = usePatch();
  const allowed = sections.filter(({ admin }) => !admin || session.scopes.includes('admin'));
  const chosen = allowed.find(({ name }) => name === section) ?? allowed[0];
  const Page = chosen?.page ?? About;
  return (
    <div className="stack">
      <h1>Settings</h1>
      <div className="button-group" role="tablist" aria-label="Settings">
        {allowed.map(({ name, title }) => (
          <button
            key={name}
            type="button"
            role="tab"
            aria-selected={name === chosen?.name}
            className={`quiet-button ${name === chosen?.name ? 'on' : ''}`}
            onClick={() => patch({ section: name })}
          >
            {title}
          </button>
        ))}
      </div>
      <div role="tabpanel" aria-label={chosen?.title}>
        <Page />
      </div>
    </div>
  );
}
