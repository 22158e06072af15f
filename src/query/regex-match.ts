/**
 * Runs a regular expression over a text in time linear in the text: all states at once, no backtracking, so that a
 * person's expression cannot hold the event loop.
 */
import type { Ranges } from './char-ranges.ts';
import type { RegexNode } from './regex.ts';

type Step =
  | { readonly kind: 'set'; readonly ranges: Ranges; next: number }
  | { readonly kind: 'fork'; readonly to: number[] }
  | { readonly kind: 'start' | 'end' | 'boundary'; next: number }
  | { readonly kind: 'found' };

/** Steps that are followed in one text: what takes more is taken for not found, or a text could hold the event loop. */
const mostFollowed = 500_000;

/** Whether the expression is found anywhere in `text`. */
export function regexTest(node: RegexNode): (text: string) => boolean {
  const steps: Step[] = [{ kind: 'found' }];
  const entry = assemble(node, 0, steps);

  return (text) => {
    // `seen` marks the steps already followed at this place by its number, so that it needs no clearing.
    const seen = new Int32Array(steps.length).fill(-1);
    let current: number[] = [];
    let previous = -1;
    let followed = 0;
    for (let at = 0; ; ) {
      const code = text.codePointAt(at) ?? -1;
      const active: number[] = [];
      const follow = [...current, entry];
      while (follow.length > 0) {
        const index = follow.pop() as number;
        if (seen[index] === at) continue;
        seen[index] = at;
        const step = steps[index] as Step;
        if (step.kind === 'found') return true;
        followed += 1;
        if (step.kind === 'fork') follow.push(...step.to);
        else if (step.kind === 'set') active.push(index);
        else if (holds(step.kind, at, code, previous)) follow.push(step.next);
      }
      if (code === -1 || followed > mostFollowed) return false;
      current = [];
      for (const index of active) {
        const step = steps[index] as Step & { kind: 'set' };
        if (within(step.ranges, code)) current.push(step.next);
      }
      previous = code;
      at += code > 0xffff ? 2 : 1;
    }
  };
}

const isWord = (code: number): boolean =>
  (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || code === 95 || (code >= 97 && code <= 122);

const holds = (kind: 'start' | 'end' | 'boundary', at: number, code: number, previous: number): boolean =>
  kind === 'start' ? at === 0 : kind === 'end' ? code === -1 : isWord(code) !== isWord(previous);

const within = (ranges: Ranges, code: number): boolean => {
  for (const [from, to] of ranges) if (code <= to) return code >= from;
  return false;
};

/** Adds the steps of `node` that lead to `next`; returns where they begin. */
function assemble(node: RegexNode, next: number, steps: Step[]): number {
  const add = (step: Step): number => steps.push(step) - 1;
  switch (node.kind) {
    case 'set':
      return add({ kind: 'set', ranges: node.ranges, next });
    case 'sequence':
      return node.parts.reduceRight((after, part) => assemble(part, after, steps), next);
    case 'choice':
      return add({ kind: 'fork', to: node.parts.map((part) => assemble(part, next, steps)) });
    case 'repeat': {
      let after = next;
      if (node.most === Number.POSITIVE_INFINITY) {
        const to = [next];
        after = add({ kind: 'fork', to });
        to.push(assemble(node.part, after, steps));
      } else
        for (let extra = node.least; extra < node.most; extra++)
          after = add({ kind: 'fork', to: [next, assemble(node.part, after, steps)] });
      for (let copy = 0; copy < node.least; copy++) after = assemble(node.part, after, steps);
      return after;
    }
    default:
      return add({ kind: node.kind, next });
  }
}
