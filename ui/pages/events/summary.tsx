/** The fields of an event in their groups; empty ones are left out. A pressed field opens what can be done with it. */
import { type ColumnGroup, columns } from '../../../src/core/event.ts';
import type { ApiEvent } from '../../../src/core/frame.ts';
import { useView } from '../../context.tsx';
import { fieldText, OutcomeMark } from '../../views/event-words.tsx';
import type { Pointed } from '../../views/value-menu.tsx';
import { isMonospace } from './columns.ts';

type Group = readonly [ColumnGroup, string];
/** What the event tells. */
const telling: readonly Group[] = [
  ['request', 'Request'],
  ['how much', 'How long, how much'],
  ['who', 'Who'],
  ['what', 'What'],
  ['links', 'Links'],
];
/** Where it comes from and how it is kept. */
const keeping: readonly Group[] = [
  ['origin', 'Origin'],
  ['identity', 'Identity'],
  ['rest', 'Rest'],
];
const elsewhere = new Set(['raw', 'attributes', 'rawEncoding']);

/** A weight of one is that of every event that was neither sampled nor corrected. */
const isShown = (name: string, value: unknown): boolean =>
  value !== undefined && !elsewhere.has(name) && !(name === 'weight' && value === 1);

export function Summary({ event, onPoint }: { event: ApiEvent; onPoint: (pointed: Pointed) => void }) {
  const attributes = Object.entries((event.attributes ?? {}) as Record<string, string>);
  const section = ([group, title]: Group) => {
    const present = columns.filter(
      (column) => column.group === group && isShown(column.name, event[column.name]),
    );
    return present.length === 0 ? null : (
      <section key={group} className="drawer-group">
        <h3>{title}</h3>
        {present.map(({ name, description }) => (
          <FieldRow key={name} name={name} title={description} value={event[name]} onPoint={onPoint} />
        ))}
      </section>
    );
  };
  return (
    <div>
      {telling.map(section)}
      {attributes.length > 0 && (
        <section className="drawer-group">
          <h3>Attributes</h3>
          {attributes.map(([name, value]) => (
            <FieldRow
              key={name}
              name={name}
              field={`attributes.${name}`}
              title={`Attribute ${name}`}
              value={value}
              onPoint={onPoint}
            />
          ))}
        </section>
      )}
      {keeping.map(section)}
    </div>
  );
}

function FieldRow(props: {
  name: string;
  field?: string;
  title: string;
  value: unknown;
  onPoint: (pointed: Pointed) => void;
}) {
  const { name, field = name, title, value, onPoint } = props;
  const { tz } = useView();
  return (
    <button
      type="button"
      className="drawer-field"
      title={title}
      onClick={(click) => {
        // Pressed by keyboard there is no place of the pointer.
        const box = click.currentTarget.getBoundingClientRect();
        const at =
          click.clientX === 0 ? { x: box.left + 150, y: box.bottom } : { x: click.clientX, y: click.clientY };
        onPoint({ field, value, ...at });
      }}
    >
      <span className="cut">{name}</span>
      <span className={isMonospace(name) ? 'mono' : ''}>
        {name === 'outcome' ? <OutcomeMark outcome={value} /> : fieldText(name, value, tz)}
      </span>
    </button>
  );
}
