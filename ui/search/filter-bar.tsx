/**
 * The filter bar: one line in the filter language. `/` focuses, Enter runs, Tab takes the first choice, arrows go
 * through the choices or, when none are shown, through earlier searches. What is wrong is underlined where it is.
 */
import './filter-bar.css';
import { IconSearch, IconStar, IconStarFilled, IconX } from '@tabler/icons-react';
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import type { FilterProblem } from '../../src/core/filter.ts';
import type { Choice } from '../../src/query/complete.ts';
import { usePatch, useView } from '../context.tsx';
import { createSearches } from './searches.ts';
import { useChoices, useLanguage } from './use-completion.ts';

const searches = () => createSearches(localStorage);

export function FilterBar() {
  const view = useView();
  const patch = usePatch();
  const [text, setText] = useState(view.q);
  const [caret, setCaret] = useState<number>();
  const [selected, setSelected] = useState(-1);
  const [turned, setTurned] = useState(view.q !== '');
  const [recalled, setRecalled] = useState(-1);
  const [saved, setSaved] = useState(() => searches().list('saved'));
  const input = useRef<HTMLInputElement>(null);
  const list = useId();
  const language = useLanguage(turned);
  const offered = useChoices(language, text, caret);
  const choices = offered?.choices ?? [];
  const problem = language?.problem(text);
  // While a person writes, what is unfinished is not yet wrong.
  const shown = problem !== undefined && (caret === undefined || problem.offset + problem.length < caret);

  useEffect(() => setText(view.q), [view.q]);
  useSlash(input);

  const write = (next: string, at: number) => {
    setText(next);
    setCaret(at);
    setSelected(-1);
    requestAnimationFrame(() => input.current?.setSelectionRange(at, at));
  };
  const take = (choice: Choice) => {
    if (offered === undefined) return;
    const { from, to } = offered.completion;
    write(text.slice(0, from) + choice.text + text.slice(to).trimStart(), from + choice.text.length);
  };
  const run = (filter = text) => {
    setCaret(undefined);
    setRecalled(-1);
    if (language?.problem(filter) !== undefined) return;
    searches().remember(filter.trim());
    patch({ q: filter.trim(), event: undefined });
  };
  const recall = (by: number) => {
    const earlier = searches().list('recent');
    const next = Math.max(-1, Math.min(earlier.length - 1, recalled + by));
    setRecalled(next);
    setText(next < 0 ? view.q : (earlier[next] as string));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const open = choices.length > 0;
    if (event.key === 'Enter') {
      event.preventDefault();
      if (open && selected >= 0) take(choices[selected] as Choice);
      else run();
    } else if (event.key === 'Escape') {
      if (open) setCaret(undefined);
      else input.current?.blur();
      event.stopPropagation();
    } else if (
      event.key === 'Tab' &&
      !event.shiftKey &&
      open &&
      (offered?.completion.prefix !== '' || selected >= 0)
    ) {
      event.preventDefault();
      take(choices[Math.max(selected, 0)] as Choice);
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      const by = event.key === 'ArrowDown' ? 1 : -1;
      if (open && text !== '' && (by === 1 || selected >= 0)) {
        setSelected(Math.max(-1, Math.min(choices.length - 1, selected + by)));
      } else if (by === -1 || recalled >= 0) {
        setCaret(undefined);
        recall(-by);
      } else setSelected(Math.min(choices.length - 1, selected + 1));
    }
  };
  const isSaved = saved.includes(view.q);

  return (
    // biome-ignore lint/a11y/useSemanticElements: <search> is not yet known to every screen reader
    <div className="filter-bar" role="search">
      <div className="filter-input">
        <IconSearch size={16} aria-hidden="true" />
        <div className="filter-text">
          <Marks text={text} problem={shown ? problem : undefined} input={input} />
          <input
            ref={input}
            role="combobox"
            aria-label="Filter"
            aria-expanded={choices.length > 0}
            aria-controls={list}
            aria-autocomplete="list"
            aria-activedescendant={selected >= 0 ? `${list}-${selected}` : undefined}
            aria-invalid={shown}
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            placeholder="Filter events, such as status:>=500"
            value={text}
            onFocus={(event) => {
              setTurned(true);
              setCaret(event.currentTarget.selectionStart ?? text.length);
            }}
            onBlur={() => setCaret(undefined)}
            onChange={(event) => {
              setText(event.target.value);
              setCaret(event.target.selectionStart ?? event.target.value.length);
              setSelected(-1);
            }}
            onClick={(event) => setCaret(event.currentTarget.selectionStart ?? text.length)}
            onKeyDown={onKeyDown}
          />
        </div>
        {view.q !== '' && (
          <button
            type="button"
            className="quiet-button bare square"
            aria-label={isSaved ? 'Forget this search' : 'Save this search'}
            title={isSaved ? 'Forget this search' : 'Save this search'}
            onClick={() => {
              searches().toggleSaved(view.q);
              setSaved(searches().list('saved'));
            }}
          >
            {isSaved ? <IconStarFilled size={15} /> : <IconStar size={15} />}
          </button>
        )}
        {text !== '' && (
          <button
            type="button"
            className="quiet-button bare square"
            aria-label="Clear the filter"
            title="Clear the filter"
            onClick={() => {
              setText('');
              run('');
            }}
          >
            <IconX size={15} aria-hidden="true" />
          </button>
        )}
      </div>
      {shown && (
        <div className="filter-problem" role="alert">
          At {problem.offset + 1}: {problem.reason}
        </div>
      )}
      {choices.length > 0 && (
        <div className="choices" id={list} role="listbox" aria-label="What can be written here">
          {choices.map((choice, at) => (
            <ChoiceItem
              key={`${choice.kind} ${choice.text}`}
              choice={choice}
              id={`${list}-${at}`}
              selected={at === selected}
              onTake={() => take(choice)}
            />
          ))}
        </div>
      )}
    </div>
  );
}

function ChoiceItem(props: { choice: Choice; id: string; selected: boolean; onTake: () => void }) {
  const { choice, id, selected, onTake } = props;
  const item = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (selected) item.current?.scrollIntoView({ block: 'nearest' });
  }, [selected]);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the input has the keyboard, as the combobox pattern asks
    // biome-ignore lint/a11y/useFocusableInteractive: the same
    <div
      ref={item}
      id={id}
      role="option"
      aria-selected={selected}
      className={`choice ${choice.kind}`}
      onMouseDown={(event) => event.preventDefault()}
      onClick={onTake}
    >
      <span className="mono cut">{choice.label}</span>
      <span className="doc cut">{choice.doc}</span>
    </div>
  );
}

/** The text again, invisible, under the input: only its faults show. Scrolls with the input. */
function Marks(props: {
  text: string;
  problem: FilterProblem | undefined;
  input: React.RefObject<HTMLInputElement | null>;
}) {
  const { text, problem, input } = props;
  const marks = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (marks.current !== null) marks.current.scrollLeft = input.current?.scrollLeft ?? 0;
  });
  if (problem === undefined) return null;
  const end = Math.max(problem.offset + problem.length, problem.offset + 1);
  // A fault at the end of the text has no character of its own to stand under.
  const padded = text.padEnd(end, ' ');
  return (
    <div className="filter-marks" ref={marks} aria-hidden="true">
      {padded.slice(0, problem.offset)}
      <mark>{padded.slice(problem.offset, end)}</mark>
      {padded.slice(end)}
    </div>
  );
}

/** `/` anywhere outside of a field focuses the filter. */
function useSlash(input: React.RefObject<HTMLInputElement | null>): void {
  useEffect(() => {
    const onKeyDown = (event: globalThis.KeyboardEvent) => {
      const target = event.target as HTMLElement;
      const writing = target.closest('input, textarea, select, [contenteditable]') !== null;
      if (event.key !== '/' || writing || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      input.current?.focus();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [input]);
}
